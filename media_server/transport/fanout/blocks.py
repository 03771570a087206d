"""Header extension blocks of a batch: the same for all legs but for the transport-wide number in their last bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from media_server.rtp.extensions import ExtensionMap, padded
from media_server.rtp.leg import MediaPacket

_MAX_PADDING: Final = 16
"""Bytes a packet that are given away so that a run of packets stays one send, which costs the kernel more."""


def render_blocks(agreed: ExtensionMap, packets: Sequence[MediaPacket], *, now: float) -> list[bytes]:
    """The block of each of `packets`, sent at `now`.

    Packets of equal payloads get equal blocks where that is cheap and their blocks are not to be the same ever after.
    """
    blocks: list[bytes] = []
    said: Mapping[str, bytes] | None = None
    for packet in packets:
        # Most say what the one before them said, and most of those nothing at all.
        if not blocks or packet.extensions != said:
            said = packet.extensions
            block = agreed.block(said, now=now)
        blocks.append(block)
    if not agreed.is_repeatable:
        _even_out(blocks, packets)
    return blocks


def _even_out(blocks: list[bytes], packets: Sequence[MediaPacket]) -> None:
    """Pad the blocks of neighbours with payloads of one size, and blocks of nearly one, to the size of the largest."""
    start = 0
    while start < len(blocks):
        payload_size = len(packets[start].payload)
        narrowest = widest = len(blocks[start])
        end = start + 1
        while end < len(blocks) and len(packets[end].payload) == payload_size:
            narrower, wider = min(narrowest, len(blocks[end])), max(widest, len(blocks[end]))
            if wider - narrower > _MAX_PADDING:
                break
            narrowest, widest, end = narrower, wider, end + 1
        if widest > narrowest:
            blocks[start:end] = [padded(block, widest) for block in blocks[start:end]]
        start = end
