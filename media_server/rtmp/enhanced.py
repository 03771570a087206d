"""Enhanced RTMP v1 and v2 (Veovera): codecs by FourCC, several tracks in a message, stamps in nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.hub.frames import AudioCodec, Codec, Kind, VideoCodec
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.tags import MediaTag, Part, UnsupportedCodec, signed_24

VIDEO_FOURCC: Final[dict[bytes, VideoCodec]] = {
    b"avc1": "h264",
    b"hvc1": "hevc",
    b"av01": "av1",
    b"vp09": "vp9",
    b"vp08": "vp8",
}
AUDIO_FOURCC: Final[dict[bytes, AudioCodec]] = {b"mp4a": "aac", b"Opus": "opus", b".mp3": "mp3"}
MAX_TRACKS: Final = 16
"""In one message."""

_KEY_FRAME, _COMMAND_FRAME = 1, 5
SEQUENCE_START, CODED_FRAMES, _SEQUENCE_END, CODED_FRAMES_X = 0, 1, 2, 3
VIDEO_MULTITRACK, AUDIO_MULTITRACK, _MODIFIER = 6, 5, 7
_VIDEO_METADATA: Final = 4
ONE_TRACK, _MANY_TRACKS, _MANY_TRACKS_MANY_CODECS = 0, 1, 2
_NANOSECONDS: Final = 0
_WITH_COMPOSITION_TIME: Final = frozenset({"h264", "hevc"})
_VIDEO_PARTS: Final[dict[int, Part]] = {
    SEQUENCE_START: "config",
    CODED_FRAMES: "frame",
    _SEQUENCE_END: "end",
    CODED_FRAMES_X: "frame",
}
_AUDIO_PARTS: Final[dict[int, Part]] = {SEQUENCE_START: "config", CODED_FRAMES: "frame", _SEQUENCE_END: "end"}


@dataclass(slots=True)
class _Reader:
    payload: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        part = self.payload[self.at : self.at + count]
        if len(part) < count:
            raise RtmpError("an enhanced media message is cut off")
        self.at += count
        return part

    def byte(self) -> int:
        return self.take(1)[0]


@dataclass(frozen=True, slots=True)
class _Header:
    packet_type: int
    nanoseconds: int


def parse_enhanced_video(payload: bytes) -> list[MediaTag]:
    """The parts in a video message whose first bit is set. Raises RtmpError."""
    reader = _Reader(payload)
    first = reader.byte()
    frame_type = first >> 4 & 0x07
    header = _modifiers(reader, first & 0x0F)
    if header.packet_type == _VIDEO_METADATA or frame_type == _COMMAND_FRAME:
        # Colour information and seek commands change nothing of what we carry.
        return []
    return _parts(reader, header, "video", VIDEO_MULTITRACK, is_key=frame_type == _KEY_FRAME)


def parse_enhanced_audio(payload: bytes) -> list[MediaTag]:
    """The parts in an audio message of sound format 9. Raises RtmpError."""
    reader = _Reader(payload)
    header = _modifiers(reader, reader.byte() & 0x0F)
    return _parts(reader, header, "audio", AUDIO_MULTITRACK, is_key=True)


def _modifiers(reader: _Reader, packet_type: int) -> _Header:
    nanoseconds = 0
    while packet_type == _MODIFIER:
        size = reader.byte() + 1
        if size == 256:
            size = int.from_bytes(reader.take(2), "big") + 1
        value = reader.take(size)
        kinds = reader.byte()
        if kinds >> 4 == _NANOSECONDS:
            nanoseconds = min(int.from_bytes(value[:3], "big"), 999_999)
        packet_type = kinds & 0x0F
    return _Header(packet_type, nanoseconds)


def _parts(reader: _Reader, header: _Header, kind: Kind, multitrack: int, *, is_key: bool) -> list[MediaTag]:
    payload = reader.payload
    if header.packet_type != multitrack:
        codec = _codec(reader, kind)
        tag = _part(payload[reader.at :], header, kind, codec, is_key=is_key)
        return [] if tag is None else [tag]
    kinds = reader.byte()
    layout, header = kinds >> 4, _Header(kinds & 0x0F, header.nanoseconds)
    if layout > _MANY_TRACKS_MANY_CODECS or header.packet_type in (multitrack, _MODIFIER):
        raise RtmpError("a multitrack message is laid out in no known way")
    common = None if layout == _MANY_TRACKS_MANY_CODECS else _codec(reader, kind)
    tags: list[MediaTag] = []
    for _ in range(MAX_TRACKS):
        codec = common or _codec(reader, kind)
        number = reader.byte()
        size = len(payload) - reader.at if layout == ONE_TRACK else int.from_bytes(reader.take(3), "big")
        tag = _part(reader.take(size), header, kind, codec, is_key=is_key, track=number)
        if tag is not None:
            tags.append(tag)
        if reader.at == len(payload):
            return tags
    raise RtmpError("a message has too many tracks")


def _codec(reader: _Reader, kind: Kind) -> Codec:
    fourcc = reader.take(4)
    known: dict[bytes, VideoCodec] | dict[bytes, AudioCodec] = VIDEO_FOURCC if kind == "video" else AUDIO_FOURCC
    codec = known.get(fourcc)
    if codec is None:
        name = fourcc.decode("ascii", "replace")
        advice = "H.264, HEVC or AV1" if kind == "video" else "AAC or Opus"
        raise UnsupportedCodec(f"{kind} of codec {name!r} is not carried here: set the encoder to {advice}")
    return codec


def _part(body: bytes, header: _Header, kind: Kind, codec: Codec, *, is_key: bool, track: int = 0) -> MediaTag | None:
    part = (_VIDEO_PARTS if kind == "video" else _AUDIO_PARTS).get(header.packet_type)
    if part is None:
        # The layout of channels, and what later versions may add.
        return None
    composition_ms = 0
    if kind == "video" and header.packet_type == CODED_FRAMES and codec in _WITH_COMPOSITION_TIME:
        if len(body) < 3:
            raise RtmpError("an enhanced media message is cut off")
        composition_ms, body = signed_24(body[:3]), body[3:]
    return MediaTag(kind, codec, part, body, track, is_key, composition_ms, header.nanoseconds)
