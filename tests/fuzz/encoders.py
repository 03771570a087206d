"""What encoders say by RTMP, and what any of them says of its codec."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from media_server.codecs.av1 import parse_av1c, parse_sequence_header
from media_server.codecs.errors import CodecError
from media_server.codecs.h264 import parse_avcc
from media_server.codecs.h264 import parse_sequence_parameters as parse_h264_sps
from media_server.codecs.hevc import parse_hvcc
from media_server.codecs.hevc import parse_sequence_parameters as parse_hevc_sps
from media_server.codecs.mp3 import parse_mp3_header
from media_server.codecs.opus import parse_opus_head
from media_server.codecs.vp9 import parse_key_frame, parse_vpcc
from media_server.rtmp.amf0 import decode
from media_server.rtmp.commands import command_message
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.flv import parse_audio, parse_video
from media_server.rtmp.handshake import PACKET_BYTES
from media_server.rtmp.server import ServerSession
from tests.fuzz.target import Target, joined, pieces

_HANDSHAKE: Final = b"\x03" + bytes(2 * PACKET_BYTES)
_RECORDS: Final = (
    parse_h264_sps,
    parse_hevc_sps,
    parse_sequence_header,
    parse_avcc,
    parse_hvcc,
    parse_av1c,
    parse_vpcc,
    parse_key_frame,
    parse_mp3_header,
    parse_opus_head,
)


def rtmp(data: bytes) -> None:
    """A connection after its handshake, in the pieces in which it arrives; whoever asks may publish."""
    session, now = ServerSession(), 0.0
    with suppress(RtmpError):
        session.receive(_HANDSHAKE, now=now)
        for piece in pieces(data):
            now += 0.01
            session.receive(piece, now=now)
            if session.mode == "asked":
                session.accept_publish()
            session.take_output()


def amf(data: bytes) -> None:
    with suppress(RtmpError):
        decode(data)


def tags(data: bytes) -> None:
    """A picture and a sound, in the form of FLV or of enhanced RTMP."""
    for parse in (parse_video, parse_audio):
        with suppress(RtmpError):
            parse(data)


def records(data: bytes) -> None:
    """The first byte says as what the rest is read."""
    with suppress(CodecError):
        _RECORDS[data[0] % len(_RECORDS) if data else 0](data[1:])


def _chunked(*messages: tuple[int, bytes]) -> bytes:
    """Messages of up to 128 bytes, each in a chunk with a full header (RTMP 1.0 §5.3.1.2.1)."""
    return b"".join(
        b"\x03\0\0\0" + len(body).to_bytes(3, "big") + bytes((kind,)) + bytes(4) + body for kind, body in messages
    )


def _connections() -> list[bytes]:
    commands = [
        command_message("connect", 1.0, {"app": "live"}),
        command_message("createStream", 2.0, None),
        command_message("publish", 3.0, None, "key", "live", stream_id=1),
    ]
    media = (9, bytes.fromhex("1700000000014200")), (8, bytes.fromhex("af001210"))
    asked = [_chunked((message.type_id, message.payload)) for message in commands]
    return [joined(*asked, _chunked(*media))]


def _known_records() -> list[bytes]:
    shown = {
        0: "6742c01ed901405ff2e02200000300020000030078083c58b920",
        3: "0142c01effe100186742c01ed901405ff2e02200000300020000030078083c58b92001000568cb83cb20",
        8: "fffb9064",
        9: "4f707573486561640102380180bb0000000000",
    }
    return [bytes((index,)) + bytes.fromhex(record) for index, record in shown.items()]


TARGETS: Final = (
    Target("rtmp", rtmp, ("rtmp/seeds/chunk-*.hex",), _connections),
    Target("amf", amf, ("rtmp/seeds/amf-*.hex",)),
    Target("tags", tags, ("rtmp/seeds/*-tag-*.hex",), lambda: [bytes.fromhex("1700000000014200")]),
    Target("records", records, ("codecs/seeds/*.hex",), _known_records),
)
