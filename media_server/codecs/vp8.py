"""VP8: the frame header (RFC 6386 §9.1)."""

from __future__ import annotations

from media_server.codecs.errors import CodecError


def is_key_frame(frame: bytes) -> bool:
    """Whether a frame can be decoded without others."""
    return len(frame) > 0 and frame[0] & 0x01 == 0


def key_frame_size(frame: bytes) -> tuple[int, int]:
    """(width, height) in pixels of a key frame. Raises CodecError."""
    if not is_key_frame(frame) or len(frame) < 10 or frame[3:6] != b"\x9d\x01\x2a":
        raise CodecError("not a VP8 key frame")
    width = int.from_bytes(frame[6:8], "little") & 0x3FFF
    height = int.from_bytes(frame[8:10], "little") & 0x3FFF
    if not width or not height:
        raise CodecError("VP8 picture has no size")
    return width, height
