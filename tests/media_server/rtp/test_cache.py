"""The packet cache and its bounds."""

from __future__ import annotations

import pytest

from media_server.rtp.cache import MAX_PACKETS, PacketCache
from media_server.rtp.packet import RtpPacket


def packet(extended: int, size: int = 100) -> RtpPacket:
    return RtpPacket(96, extended & 0xFFFF, 0, 1, payload=bytes(size))


def filled(
    numbers: range, cache: PacketCache[RtpPacket], *, interval_s: float = 0.0, size: int = 100
) -> PacketCache[RtpPacket]:
    for index, extended in enumerate(numbers):
        cache.put(extended, packet(extended, size), now=index * interval_s)
    return cache


@pytest.mark.parametrize("start", [0, 65_500, 131_000])
def test_packets_are_found_by_their_wire_number_across_the_wrap(start: int) -> None:
    cache = filled(range(start, start + 100), PacketCache())
    for extended in range(start, start + 100):
        found = cache.get(extended & 0xFFFF)
        assert found is not None
        assert found.sequence_number == extended & 0xFFFF
    assert cache.get((start + 100) & 0xFFFF) is None


def test_at_least_a_second_is_kept_and_not_forever() -> None:
    cache = filled(range(1_000), PacketCache(max_age_s=1.0), interval_s=0.01)
    assert cache.get(999 - 100) is not None
    assert cache.get(999 - 102) is None
    assert len(cache) == 101


def test_bytes_are_bounded() -> None:
    cache = filled(range(1_000), PacketCache(max_bytes=112 * 50))
    assert cache.size_bytes == 112 * 50
    assert cache.get(950) is not None
    assert cache.get(949) is None


def test_a_packet_larger_than_the_cache_leaves_it_empty() -> None:
    cache = filled(range(3), PacketCache(max_bytes=50))
    assert (len(cache), cache.size_bytes, cache.get(2)) == (0, 0, None)


def test_the_number_of_packets_is_bounded_so_that_a_wire_number_means_one() -> None:
    cache = filled(range(70_000), PacketCache(max_bytes=1 << 40), size=1)
    assert len(cache) == MAX_PACKETS
    assert cache.get((70_000 - MAX_PACKETS) & 0xFFFF) is not None
    assert cache.get((70_000 - MAX_PACKETS - 1) & 0xFFFF) is None


def test_a_duplicate_changes_nothing() -> None:
    cache = filled(range(10), PacketCache())
    before = cache.size_bytes
    cache.put(5, packet(5, 900), now=0.0)
    assert (len(cache), cache.size_bytes) == (10, before)


def test_up_to_where_packets_have_gone_is_known_though_some_that_came_late_are_still_there() -> None:
    cache: PacketCache[RtpPacket] = PacketCache(max_age_s=1.0)
    for index in (0, 1, 3, 4):
        cache.put(index, packet(index, 10), now=0.0)
    assert cache.gone_up_to == -1
    cache.put(2, packet(2, 10), now=0.5)
    cache.put(5, packet(5, 10), now=1.2)
    assert cache.get(2) is not None
    assert cache.gone_up_to == 4
