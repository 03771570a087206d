"""UDP generic segmentation offload: one send for a run of datagrams of one size (Linux ≥ 4.18)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from typing import Final

UDP_SEGMENT: Final = 103
MAX_SEGMENTS: Final = 64
MAX_RUN_BYTES: Final = 65_000


def kernel_has_gso() -> bool:
    """Whether this kernel segments UDP sends, found by sending two segments over loopback."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.2)
        try:
            sender.sendmsg([b"ab"], segment_ancillary(1), 0, receiver.getsockname())
            return [receiver.recv(2), receiver.recv(2)] == [b"a", b"b"]
        except OSError:
            return False


def segment_ancillary(size: int) -> list[tuple[int, int, bytes]]:
    """The ancillary data by which the kernel cuts a send into datagrams of `size` bytes."""
    return [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("=H", size))]


def split_runs(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Index ranges (start, end) that one GSO send can carry: equal sizes, of which only the last may be smaller."""
    runs: list[tuple[int, int]] = []
    start = 0
    run_bytes = 0
    for position, size in enumerate(sizes):
        fits = (
            position > start
            and sizes[position - 1] == sizes[start]
            and size <= sizes[start]
            and position - start < MAX_SEGMENTS
            and run_bytes + size <= MAX_RUN_BYTES
        )
        if position > start and not fits:
            runs.append((start, position))
            start, run_bytes = position, 0
        run_bytes += size
    if sizes:
        runs.append((start, len(sizes)))
    return runs


def send_ranges(sizes: Sequence[int], *, use_gso: bool) -> list[tuple[int, int]]:
    """Which datagrams go to the kernel together: runs, or without GSO each by itself."""
    return split_runs(sizes) if use_gso else [(position, position + 1) for position in range(len(sizes))]
