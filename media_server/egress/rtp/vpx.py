"""VP8 (RFC 7741) and VP9 (RFC 9628) to RTP, each frame one layer, numbered so that receivers know a missing one."""

from __future__ import annotations

import secrets

from media_server.egress.rtp.fragments import MAX_PAYLOAD_BYTES, pieces
from media_server.hub.frames import Frame

_PICTURE_IDS = 1 << 15


class _PictureIds:
    """15-bit picture ids, from a random one on."""

    def __init__(self) -> None:
        self._next = secrets.randbelow(_PICTURE_IDS)

    def take(self) -> bytes:
        """The next one, in its two-byte form."""
        taken = self._next
        self._next = (taken + 1) % _PICTURE_IDS
        return (taken | 0x8000).to_bytes(2, "big")


class Vp8Packetizer:
    """RFC 7741 §4.2: extended descriptor with picture id; S marks the first packet of a frame."""

    def __init__(self) -> None:
        self._ids = _PictureIds()

    def packetize(self, frame: Frame) -> list[bytes]:
        """The payloads of one frame."""
        picture_id = self._ids.take()
        return [
            bytes((0x80 | 0x10 * is_first, 0x80)) + picture_id + piece
            for piece, is_first, _ in pieces(frame.data, MAX_PAYLOAD_BYTES - 4)
        ]


class Vp9Packetizer:
    """RFC 9628 §4.2: picture id, no layers, not flexible; P, B and E."""

    def __init__(self) -> None:
        self._ids = _PictureIds()

    def packetize(self, frame: Frame) -> list[bytes]:
        """The payloads of one frame, or superframe."""
        picture_id = self._ids.take()
        first = 0x80 | (0 if frame.is_key else 0x40)
        return [
            bytes((first | 0x08 * is_first | 0x04 * is_last,)) + picture_id + piece
            for piece, is_first, is_last in pieces(frame.data, MAX_PAYLOAD_BYTES - 3)
        ]
