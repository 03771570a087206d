"""What a worker and its picture processes say to each other: messages over a pipe, each after its kind and length.

No pickles: a picture process reads what strangers sent, and may be somebody else's by now.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import Any, Final

from media_server.hub.frames import Frame, TrackFormat
from media_server.transcode.renditions import Rendition

HEADER: Final = struct.Struct("!cI")
MAX_MESSAGE_BYTES: Final = 16 << 20
"""Above the largest frame that any way in takes."""
MAX_RENDITIONS: Final = 8

_FRAME: Final = struct.Struct("!I?qq?")
_PICTURE: Final = struct.Struct("!IBq?")
_PROGRESS: Final = struct.Struct("!Iqd")
_CODECS: Final = ("h264", "hevc", "av1", "vp8", "vp9")


class WireError(ValueError):
    """The other side does not speak this."""


@dataclass(frozen=True, slots=True)
class Source:
    """To a process: a source begins, or begins anew. What is said of an older `epoch` means nothing any more."""

    epoch: int
    format: TrackFormat


@dataclass(frozen=True, slots=True)
class Outputs:
    """To a process: make these from now on, and nothing else. Those that are there already go on."""

    renditions: tuple[Rendition, ...]


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """To a process: one frame. `is_shown`: pictures are to be made of it; else it is only what others build on."""

    epoch: int
    is_shown: bool
    frame: Frame


@dataclass(frozen=True, slots=True)
class MadeFormat:
    """From a process: what decoders of the rendition `track_id` are told, before its first picture."""

    epoch: int
    track_id: str
    format: TrackFormat


@dataclass(frozen=True, slots=True)
class MadePicture:
    """From a process: a picture of the rendition announced as the `number`-th of this process."""

    epoch: int
    number: int
    frame: Frame


@dataclass(frozen=True, slots=True)
class Progress:
    """From a process: everything up to the source frame of `dts` is done; `cpu_s` is what it has used in all."""

    epoch: int
    dts: int
    cpu_s: float


ToProcess = Source | Outputs | SourceFrame
FromProcess = MadeFormat | MadePicture | Progress


def pack(message: ToProcess | FromProcess) -> bytes:
    """The message with its header."""
    match message:
        case Source(epoch, track_format):
            kind, body = b"S", _json({"epoch": epoch, **_format_fields(track_format)})
        case Outputs(renditions):
            kind, body = b"O", _json({"renditions": [asdict(rendition) for rendition in renditions]})
        case SourceFrame(epoch, is_shown, frame):
            kind, body = b"F", _FRAME.pack(epoch, is_shown, frame.dts, frame.pts, frame.is_key) + frame.data
        case MadeFormat(epoch, track_id, track_format):
            kind, body = b"T", _json({"epoch": epoch, "track_id": track_id, **_format_fields(track_format)})
        case MadePicture(epoch, number, frame):
            kind, body = b"P", _PICTURE.pack(epoch, number, frame.pts, frame.is_key) + frame.data
        case Progress(epoch, dts, cpu_s):
            kind, body = b"A", _PROGRESS.pack(epoch, dts, cpu_s)
    return HEADER.pack(kind, len(body)) + body


def parse_header(data: bytes) -> tuple[bytes, int]:
    """(kind, length of the body). Raises WireError."""
    try:
        kind, length = HEADER.unpack(data)
    except struct.error:
        raise WireError("message without a header") from None
    if length > MAX_MESSAGE_BYTES:
        raise WireError("message is too long")
    return kind, length


def parse(kind: bytes, body: bytes) -> ToProcess | FromProcess:
    """Raises WireError."""
    try:
        return _parse(kind, body)
    except (struct.error, KeyError, TypeError, ValueError, RecursionError):
        raise WireError(f"message {kind!r} cannot be read") from None


def _parse(kind: bytes, body: bytes) -> ToProcess | FromProcess:
    if kind == b"F":
        epoch, is_shown, dts, pts, is_key = _FRAME.unpack_from(body)
        return SourceFrame(epoch, is_shown, Frame(dts, pts, is_key, body[_FRAME.size :]))
    if kind == b"P":
        epoch, number, pts, is_key = _PICTURE.unpack_from(body)
        return MadePicture(epoch, number, Frame(pts, pts, is_key, body[_PICTURE.size :]))
    if kind == b"A":
        return Progress(*_PROGRESS.unpack(body))
    if kind not in (b"S", b"O", b"T"):
        raise ValueError("unknown kind")
    fields = json.loads(body)
    if kind == b"O":
        renditions = fields["renditions"]
        if len(renditions) > MAX_RENDITIONS:
            raise ValueError("too many renditions")
        return Outputs(tuple(_rendition(**each) for each in renditions))
    epoch = _whole(fields["epoch"])
    track_format = TrackFormat(
        str(fields["codec"]),  # type: ignore[arg-type]
        bytes.fromhex(fields["config"]),
        width=_whole(fields["width"]),
        height=_whole(fields["height"]),
    )
    if track_format.codec not in _CODECS:
        raise ValueError("unknown codec")
    if kind == b"S":
        return Source(epoch, track_format)
    return MadeFormat(epoch, str(fields["track_id"]), track_format)


def _format_fields(track_format: TrackFormat) -> dict[str, Any]:
    return {
        "codec": track_format.codec,
        "config": track_format.config.hex(),
        "width": track_format.width,
        "height": track_format.height,
    }


def _rendition(track_id: Any, width: Any, height: Any, bitrate_bps: Any, label: Any, from_key: Any) -> Rendition:
    return Rendition(str(track_id), _whole(width), _whole(height), _whole(bitrate_bps), str(label), from_key is True)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 32:
        raise ValueError("not a number of ours")
    return value


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode()
