"""Shared memory: what is written is read where it is mapped, given back when nothing is kept, and bounded."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator

import pytest

from media_server.hls_servers.blocks import Block, MappedBlocks, SharedBlocks


class Both:
    """What is shared, and who has mapped it."""

    def __init__(self, *, size: int = 4096, max_bytes: int = 3 * 4096) -> None:
        self.mapped = MappedBlocks()
        self.shared = SharedBlocks(max_bytes=max_bytes, opened=self._opened, closed=self.mapped.close, size=size)

    def _opened(self, block: Block) -> None:
        self.mapped.open(block.number, block.size, os.dup(block.shared))


@pytest.fixture
def both() -> Iterator[Both]:
    both = Both()
    yield both
    both.shared.close()


def test_what_is_put_is_found_where_it_is_mapped(both: Both) -> None:
    put = [bytes([index]) * (700 + index) for index in range(20)]
    kept = [(data, both.shared.put(data)) for data in put]
    seen = [view for _, place in kept if (view := both.mapped.view(place)) is not None]
    assert [bytes(view) for view in seen] == put[-len(seen) :]
    assert len(seen) >= 10


def test_a_block_goes_with_the_last_that_is_kept_in_it(both: Both) -> None:
    first, second, third = (both.shared.put(bytes(3000)) for _ in range(3))
    both.shared.release(second)
    assert both.mapped.view(second) is None
    assert both.mapped.view(first) is not None
    both.shared.release(third)
    assert len(both.shared.blocks) == 2, "the one that is being filled stays"


def test_more_than_may_be_shared_takes_the_place_of_the_oldest(both: Both) -> None:
    places = [both.shared.put(bytes(4000)) for _ in range(5)]
    assert [both.mapped.view(place) is not None for place in places] == [False, False, True, True, True]
    both.shared.release(places[0])


def test_what_is_larger_than_a_block_has_one_of_its_own(both: Both) -> None:
    data = os.urandom(6000)
    view = both.mapped.view(both.shared.put(data))
    assert view is not None
    assert bytes(view) == data


def test_what_is_being_sent_stays_when_its_block_goes(both: Both) -> None:
    place = both.shared.put(b"being sent")
    view = both.mapped.view(place)
    assert view is not None
    for _ in range(4):
        both.shared.put(bytes(4000))
    assert both.mapped.view(place) is None
    assert bytes(view) == b"being sent"


def test_who_maps_it_cannot_write_to_it(both: Both) -> None:
    both.shared.put(b"ours")
    shared = both.shared.blocks[0].shared
    with pytest.raises(OSError, match="denied"):
        mmap.mmap(shared, 4096, mmap.MAP_SHARED, mmap.PROT_WRITE)
    with pytest.raises(OSError, match="file descriptor"):
        os.pwrite(shared, b"theirs", 0)
