"""The memory that the worker and its engine processes share, so that a session outlives the process that renders it.

One anonymous file, laid out by what both are told. The engine process writes all of it but `microphone` and `inbox`.
Nothing here waits for anybody: whatever is read carries the number by which a reader sees whether it is whole.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixer.clock.account import ACCOUNT
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine.engine import memory_shape
from mixer.engine.layout import SESSION
from mixer.host.settings import Bus

RING_S = 1.28
"""At least so much of every bus is kept, for encoders that come late."""
MICROPHONE_TICKS = 16
NEVER = -1
HELD = 32
"""Tracks whose addresses may be in one record: three a deck, two a pad, and one that was just loaded."""

CONTROL = np.dtype([("newest", "i8"), ("alive_s", "f8")])
"""`newest`: the last tick whose slot and copies are whole. `alive_s`: when the engine process was last seen, or not
before when it is to be seen (time.monotonic)."""

COPY = np.dtype(
    [
        ("record", "u1", (SESSION.itemsize,)),
        ("generation", "i8"),
        ("addresses", "i8", (HELD,)),
        ("tracks", "S64", (HELD,)),
    ],
    align=True,
)
"""A session after a tick: its record, whose it is (the number of its `open`; NEVER for nobody's), and the tracks at the
addresses in it."""

COPIES = np.dtype([("tick", "i8"), ("number", "i8"), ("due_s", "f8")])
"""Of all copies of one tick: the last command in them, and when the next tick is due."""


def ring_ticks(block: int) -> int:
    """How many blocks the ring of a bus holds."""
    return int(-(-RING_S * SAMPLE_RATE // block))


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    dtype: np.dtype[np.void] | str
    shape: tuple[int, ...]


def _parts(capacity: int, block: int) -> list[_Part]:
    ticks = ring_ticks(block)
    return [
        _Part("control", CONTROL, (1,)),
        _Part("account", ACCOUNT, (1,)),
        _Part("slot_ticks", "i8", (ticks,)),
        _Part("slot_numbers", "i8", (ticks,)),
        _Part("slot_frames", "i8", (ticks, capacity)),
        _Part("slot_generations", "i8", (ticks, capacity)),
        _Part("buses", "f4", (len(Bus), ticks, capacity, block, 2)),
        _Part("microphone_ticks", "i8", (MICROPHONE_TICKS, capacity)),
        _Part("microphone", "f4", (MICROPHONE_TICKS, capacity, block, 2)),
        _Part("heads", COPIES, (2,)),
        _Part("copies", COPY, (2, capacity)),
        _Part("inbox_due_s", "f8", (capacity,)),
        _Part("inbox", COPY, (capacity,)),
        _Part("memory", "f4", memory_shape(capacity)),
    ]


def _page(size: int) -> int:
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


class Shared:
    """Views of the shared memory behind a file descriptor.

    `buses` is (bus, slot, place, frame, channel): slot `tick % ticks` holds that tick if `slot_ticks` says so, and
    `slot_frames` the first frame of each place, NEVER where nobody is; `slot_numbers` is the last order before it.
    `copies[tick % 2]` are those of that tick.
    """

    control: NDArray[np.void]
    account: NDArray[np.void]
    slot_ticks: NDArray[np.int64]
    slot_numbers: NDArray[np.int64]
    slot_frames: NDArray[np.int64]
    slot_generations: NDArray[np.int64]
    buses: NDArray[np.float32]
    microphone_ticks: NDArray[np.int64]
    microphone: NDArray[np.float32]
    heads: NDArray[np.void]
    copies: NDArray[np.void]
    inbox_due_s: NDArray[np.float64]
    inbox: NDArray[np.void]
    memory: NDArray[np.float32]

    def __init__(self, fd: int, capacity: int, block: int) -> None:
        self.fd = fd
        self.capacity, self.block, self.ticks = capacity, block, ring_ticks(block)
        parts = _parts(capacity, block)
        sizes = [_page(int(np.prod(part.shape)) * np.dtype(part.dtype).itemsize) for part in parts]
        # Delay lines get pages when an effect needs them; all else must never fault while the clock waits.
        delays = sizes[-1]
        near = mmap.mmap(fd, sum(sizes) - delays, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE)
        far = mmap.mmap(fd, delays, offset=sum(sizes) - delays)
        offset = 0
        for part, size in zip(parts, sizes, strict=True):
            if part.name == "memory":
                view: NDArray[np.generic] = np.ndarray(part.shape, part.dtype, far)
            else:
                view = np.ndarray(part.shape, part.dtype, near, offset)
            setattr(self, part.name, view)
            offset += size

    @classmethod
    def create(cls, capacity: int, block: int) -> Shared:
        """New memory in which nothing has happened. The descriptor is closed with `close`."""
        fd = os.memfd_create("mixer", os.MFD_CLOEXEC)
        sizes = (int(np.prod(part.shape)) * np.dtype(part.dtype).itemsize for part in _parts(capacity, block))
        os.ftruncate(fd, sum(_page(size) for size in sizes))
        shared = cls(fd, capacity, block)
        shared.control["newest"] = NEVER
        shared.slot_ticks[:] = NEVER
        shared.slot_frames[:] = NEVER
        shared.microphone_ticks[:] = NEVER
        shared.copies["generation"] = NEVER
        shared.inbox["generation"] = NEVER
        return shared

    @property
    def newest(self) -> int:
        """The last tick that is whole; NEVER before the first."""
        return int(self.control["newest"][0])

    def copy_of(self, place: int) -> tuple[NDArray[np.void], NDArray[np.void], int] | None:
        """(COPIES, COPY, tick) of a place, whole and not changing any more; None before the first tick."""
        while True:
            tick = self.newest
            if tick == NEVER:
                return None
            head, copy = self.heads[tick % 2].copy(), self.copies[tick % 2, place].copy()
            # The other half is written while this one is the newest. Only two ticks later is this one touched again.
            if self.newest == tick:
                return head, copy, tick

    def close(self) -> None:
        """Let go of the descriptor; the memory goes with the last view of it."""
        os.close(self.fd)


def tracks_in(copy: NDArray[np.void]) -> dict[int, str]:
    """The tracks of a COPY by address."""
    return {
        int(address): name.decode()
        for address, name in zip(copy["addresses"].tolist(), copy["tracks"].tolist(), strict=True)
        if address
    }
