"""Memory that a worker fills and other processes map: parts are written once, however many processes serve them."""

from __future__ import annotations

import fcntl
import mmap
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from media_server.hls_servers.wire import Place

BLOCK_BYTES: Final = 16 << 20


@dataclass(slots=True, eq=False)
class Block:
    """An anonymous file. `shared` is open for reading alone; `places` counts what is kept in it."""

    number: int
    size: int
    writable: int
    shared: int
    used: int = 0
    places: int = 0

    def close(self) -> None:
        """Who has mapped it still has it."""
        os.close(self.writable)
        os.close(self.shared)


class SharedBlocks:
    """Blocks filled one after the other, by all streams of a worker; `opened` and `closed` are told of each.

    A block goes when nothing in it is kept: in the order they came, as long as all streams keep the same length. With
    more than `max_bytes` the oldest goes all the same, and what was in it is not found any more.
    """

    def __init__(
        self, *, max_bytes: int, opened: Callable[[Block], None], closed: Callable[[int], None], size: int = BLOCK_BYTES
    ) -> None:
        self.blocks: deque[Block] = deque()
        self._max_bytes = max_bytes
        self._size = size
        self._opened = opened
        self._closed = closed
        self._next_number = 1

    def put(self, data: bytes) -> Place:
        """Where `data` is from now on, until it is released. Raises OSError."""
        block = self.blocks[-1] if self.blocks else None
        if block is None or block.used + len(data) > block.size:
            block = self._open(max(self._size, len(data)))
        place = Place(block.number, block.used, len(data))
        view, offset = memoryview(data), block.used
        while view:
            written = os.pwrite(block.writable, view, offset)
            view, offset = view[written:], offset + written
        block.used += len(data)
        block.places += 1
        return place

    def release(self, place: Place) -> None:
        """Nobody asks for that any more."""
        for block in self.blocks:
            if block.number == place.block:
                block.places -= 1
                if block.places == 0 and block is not self.blocks[-1]:
                    self._close(block)
                return

    def close(self) -> None:
        """Give all of it back."""
        while self.blocks:
            self.blocks.popleft().close()

    def _open(self, size: int) -> Block:
        if self.blocks and self.blocks[-1].places == 0:
            self._close(self.blocks[-1])
        while self.blocks and sum(block.size for block in self.blocks) + size > self._max_bytes:
            self._close(self.blocks[0])
        writable = os.memfd_create("hls-parts", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(writable, size)
        # Who has mapped a file that shrinks is killed (SIGBUS).
        fcntl.fcntl(writable, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        shared = os.open(f"/proc/self/fd/{writable}", os.O_RDONLY | os.O_CLOEXEC)
        block = Block(self._next_number, size, writable, shared)
        self._next_number += 1
        self.blocks.append(block)
        self._opened(block)
        return block

    def _close(self, block: Block) -> None:
        self.blocks.remove(block)
        block.close()
        self._closed(block.number)


class MappedBlocks:
    """The same memory in a process that serves it. What is being sent stays mapped until it was."""

    def __init__(self) -> None:
        self._views: dict[int, memoryview] = {}

    def open(self, number: int, size: int, file: int) -> None:
        """Map a block; the file is closed. Raises OSError."""
        try:
            self._views[number] = memoryview(mmap.mmap(file, size, mmap.MAP_SHARED, mmap.PROT_READ))
        finally:
            os.close(file)

    def close(self, number: int) -> None:
        """Forget a block."""
        self._views.pop(number, None)

    def view(self, place: Place) -> memoryview | None:
        """The bytes there; None where the block is gone."""
        view = self._views.get(place.block)
        return view[place.offset : place.offset + place.length] if view is not None else None
