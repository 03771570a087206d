"""Boxes of ISO base media files (ISO/IEC 14496-12 §4.2)."""

from __future__ import annotations

from struct import pack


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of that four-character type."""
    body = b"".join(content)
    return pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    """A box with a version and 24 flags."""
    return box(kind, pack(">I", version << 24 | flags), *content)
