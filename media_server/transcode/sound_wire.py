"""What a worker and its sound process say to each other: messages over a socket, each after its kind and length."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from media_server.hub.frames import TrackFormat
from media_server.transcode.sound_work import SoundPacket, ToAacWork, ToOpusWork, Work
from media_server.transcode.wire import HEADER, WireError, parse_header

_LINE: Final = struct.Struct("!I")
_TO_AAC: Final = struct.Struct("!IqI")
_TO_OPUS: Final = struct.Struct("!I4sIBI")
_PACKET: Final = struct.Struct("!qI")
_MADE: Final = struct.Struct("!IH")
_CODECS: Final = {b"aac ": "aac", b"mp3 ": "mp3"}


@dataclass(frozen=True, slots=True)
class Begin:
    """To the process: a line begins."""

    line: int
    work: Work


@dataclass(frozen=True, slots=True)
class Lot:
    """To the process: what came of a line; answered by one Made."""

    line: int
    packets: tuple[SoundPacket, ...]


@dataclass(frozen=True, slots=True)
class End:
    """To the process: nothing more comes of a line."""

    line: int


@dataclass(frozen=True, slots=True)
class Made:
    """From the process: what is complete with the lot that this answers; `head` as in `Conversion`."""

    line: int
    head: bytes
    packets: tuple[SoundPacket, ...]


Message = Begin | Lot | End | Made


def pack(message: Message) -> bytes:
    """The message with its header."""
    match message:
        case Begin(line, ToAacWork(start, bitrate_bps)):
            kind, body = b"A", _TO_AAC.pack(line, start, bitrate_bps)
        case Begin(line, ToOpusWork(source, bitrate_bps)):
            codec = source.codec.encode().ljust(4)
            kind = b"O"
            body = _TO_OPUS.pack(line, codec, source.sample_rate, source.channels, bitrate_bps) + source.config
        case Lot(line, packets):
            kind, body = b"L", _LINE.pack(line) + _packed(packets)
        case End(line):
            kind, body = b"E", _LINE.pack(line)
        case Made(line, head, packets):
            kind, body = b"M", _MADE.pack(line, len(head)) + head + _packed(packets)
    return HEADER.pack(kind, len(body)) + body


def take(buffer: bytearray) -> list[Message]:
    """The messages that are whole in `buffer`, which is left with what follows. Raises WireError."""
    messages: list[Message] = []
    at = 0
    while len(buffer) - at >= HEADER.size:
        kind, length = parse_header(bytes(buffer[at : at + HEADER.size]))
        end = at + HEADER.size + length
        if end > len(buffer):
            break
        messages.append(parse(kind, bytes(buffer[at + HEADER.size : end])))
        at = end
    del buffer[:at]
    return messages


def parse(kind: bytes, body: bytes) -> Message:
    """Raises WireError."""
    try:
        return _parse(kind, body)
    except (struct.error, KeyError, ValueError):
        raise WireError(f"message {kind!r} cannot be read") from None


def _parse(kind: bytes, body: bytes) -> Message:
    if kind == b"L":
        (line,) = _LINE.unpack_from(body)
        return Lot(line, _packets(body, _LINE.size))
    if kind == b"M":
        line, head_length = _MADE.unpack_from(body)
        end = _MADE.size + head_length
        if end > len(body):
            raise ValueError("the head is cut")
        return Made(line, body[_MADE.size : end], _packets(body, end))
    if kind == b"A":
        line, start, bitrate_bps = _TO_AAC.unpack(body)
        return Begin(line, ToAacWork(start, bitrate_bps))
    if kind == b"O":
        line, codec, sample_rate, channels, bitrate_bps = _TO_OPUS.unpack_from(body)
        config = body[_TO_OPUS.size :]
        source = TrackFormat(_CODECS[codec], config, sample_rate=sample_rate, channels=channels)  # type: ignore[arg-type]
        return Begin(line, ToOpusWork(source, bitrate_bps))
    if kind == b"E":
        (line,) = _LINE.unpack(body)
        return End(line)
    raise ValueError("unknown kind")


def _packed(packets: Sequence[SoundPacket]) -> bytes:
    return b"".join([_PACKET.pack(each.at, len(each.data)) + each.data for each in packets])


def _packets(body: bytes, at: int) -> tuple[SoundPacket, ...]:
    packets = []
    while at < len(body):
        position, length = _PACKET.unpack_from(body, at)
        at += _PACKET.size
        if at + length > len(body):
            raise ValueError("a packet is cut")
        packets.append(SoundPacket(position, body[at : at + length]))
        at += length
    return tuple(packets)
