"""Pictures of a stream for its listing: what they are, and how a process is asked to make them."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from media_server.hub.frames import TrackFormat, VideoCodec
from media_server.transcode.wire import MAX_MESSAGE_BYTES, WireError

LENGTH: Final = struct.Struct("!I")
"""Before each message: how long it is."""
_MAX_PARTS: Final = 16
_MAX_HEAD_BYTES: Final = 64 << 10
_CODECS: Final = ("h264", "hevc", "av1", "vp8", "vp9")


@dataclass(frozen=True, slots=True)
class StillRequest:
    """One key frame, and the small pictures of those before it, oldest first."""

    format: TrackFormat
    key_frame: bytes
    earlier: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Still:
    """`jpeg` is the picture; `small` the same as part of later animations; `webp` the animation that ends with it."""

    jpeg: bytes
    small: bytes
    webp: bytes


def pack_request(request: StillRequest) -> bytes:
    """With its length."""
    source = request.format
    head = {"codec": source.codec, "config": source.config.hex(), "width": source.width, "height": source.height}
    return _pack(head, (request.key_frame, *request.earlier))


def pack_answer(still: Still | None) -> bytes:
    """With its length; None when the key frame does not decode."""
    return _pack({}, () if still is None else (still.jpeg, still.small, still.webp))


def parse_length(data: bytes) -> int:
    """Raises WireError."""
    if len(data) != LENGTH.size:
        raise WireError("message without a length")
    (length,) = LENGTH.unpack(data)
    if length > MAX_MESSAGE_BYTES:
        raise WireError("message is too long")
    return int(length)


def parse_request(body: bytes) -> StillRequest:
    """Raises WireError."""
    head, parts = _parse(body)
    try:
        codec, config = head["codec"], bytes.fromhex(head["config"])
        width, height = head["width"], head["height"]
    except (KeyError, TypeError, ValueError):
        raise WireError("not a request") from None
    if codec not in _CODECS or not isinstance(width, int) or not isinstance(height, int) or not parts:
        raise WireError("not a request")
    track_format = TrackFormat(cast(VideoCodec, codec), config, width=width, height=height)
    return StillRequest(track_format, parts[0], tuple(parts[1:]))


def parse_answer(body: bytes) -> Still | None:
    """Raises WireError."""
    _, parts = _parse(body)
    if parts and len(parts) != 3:
        raise WireError("not an answer")
    return Still(*parts) if parts else None


def _pack(head: dict[str, Any], parts: Sequence[bytes]) -> bytes:
    text = json.dumps(head | {"sizes": [len(part) for part in parts]}).encode()
    body = LENGTH.pack(len(text)) + text + b"".join(parts)
    return LENGTH.pack(len(body)) + body


def _parse(body: bytes) -> tuple[dict[str, Any], list[bytes]]:
    try:
        (length,) = LENGTH.unpack_from(body)
        if length > _MAX_HEAD_BYTES:
            raise WireError("message has too long a head")
        head = json.loads(body[LENGTH.size : LENGTH.size + length])
        sizes = head["sizes"]
        if len(sizes) > _MAX_PARTS or not all(isinstance(size, int) and size >= 0 for size in sizes):
            raise WireError("message has no such parts")
    except (struct.error, KeyError, TypeError, ValueError, RecursionError):
        raise WireError("message cannot be read") from None
    position = LENGTH.size + length
    if position + sum(sizes) != len(body):
        raise WireError("message is not as long as its parts")
    parts: list[bytes] = []
    for size in sizes:
        parts.append(body[position : position + size])
        position += size
    return head, parts
