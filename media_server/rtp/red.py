"""Redundant audio data: what was sent before comes once more with what is sent now (RFC 2198)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from media_server.rtp.errors import ParseError

MAX_BLOCKS: Final = 8
"""Blocks of a packet that are read; browsers send one or two redundant ones."""
MAX_OFFSET: Final = (1 << 14) - 1
MAX_REDUNDANT_BYTES: Final = (1 << 10) - 1

_FOLLOWS: Final = 0x80
_HEADER_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class RedBlock:
    """One block: a payload that was due `offset` clock units before the packet's own time stamp."""

    payload_type: int
    offset: int
    payload: bytes


def parse_red(payload: bytes) -> tuple[RedBlock, ...]:
    """The blocks, the oldest first, the primary one last. Raises ParseError."""
    headers: list[tuple[int, int, int]] = []
    position = 0
    while position < len(payload) and payload[position] & _FOLLOWS:
        word = payload[position : position + _HEADER_BYTES]
        if len(word) < _HEADER_BYTES or len(headers) == MAX_BLOCKS:
            raise ParseError("RED packet has a header that is cut, or too many")
        rest = int.from_bytes(word[1:], "big")
        headers.append((word[0] & 0x7F, rest >> 10, rest & 0x3FF))
        position += _HEADER_BYTES
    if position >= len(payload):
        raise ParseError("RED packet lacks its primary block")
    primary = payload[position] & 0x7F
    position += 1
    blocks: list[RedBlock] = []
    for payload_type, offset, size in headers:
        if position + size > len(payload):
            raise ParseError("RED block is longer than its packet")
        blocks.append(RedBlock(payload_type, offset, payload[position : position + size]))
        position += size
    return (*blocks, RedBlock(primary, 0, payload[position:]))


def write_red(blocks: Sequence[RedBlock]) -> bytes:
    """The payload that has `blocks`, as `parse_red` gives them; offsets and sizes must fit their headers."""
    *redundant, primary = blocks
    headers = b"".join(
        bytes((_FOLLOWS | block.payload_type,)) + (block.offset << 10 | len(block.payload)).to_bytes(3, "big")
        for block in redundant
    )
    return headers + bytes((primary.payload_type,)) + b"".join(block.payload for block in blocks)
