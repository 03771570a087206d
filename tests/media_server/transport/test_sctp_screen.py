"""Packets that would keep aiortc busy for ever, and those that must pass."""

from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.transport.sctp_screen import MAX_ACKNOWLEDGED, SctpNonsense, screen

HEADER = bytes(12)


def chunk(kind: int, body: bytes) -> bytes:
    return pack("!BBH", kind, 0, 4 + len(body)) + body + bytes(-len(body) % 4)


def sack(*gaps: tuple[int, int], said: int | None = None) -> bytes:
    blocks = b"".join(pack("!HH", *gap) for gap in gaps)
    return chunk(3, pack("!LLHH", 1, 65_536, len(gaps) if said is None else said, 0) + blocks)


@pytest.mark.parametrize("kind", [1, 2, 4, 5, 6, 9, 130])
def test_a_parameter_without_a_length_is_refused_wherever_there_may_be_parameters(kind: int) -> None:
    fixed = bytes(16) if kind in (1, 2) else b""
    good = pack("!HHL", 1, 8, 7)
    screen(HEADER + chunk(kind, fixed + good))
    for length in range(4):
        with pytest.raises(SctpNonsense, match="parameter"):
            screen(HEADER + chunk(kind, fixed + good + pack("!HHL", 1, length, 7)))
        with pytest.raises(SctpNonsense, match="parameter"):
            screen(HEADER + sack() + chunk(kind, fixed + pack("!HH", 1, length)))


def test_gaps_by_the_million_are_refused() -> None:
    screen(HEADER + sack((2, 3), (10, MAX_ACKNOWLEDGED)))
    for gaps in ([(1, 65_535)], [(1, MAX_ACKNOWLEDGED // 2)] * 3):
        with pytest.raises(SctpNonsense, match="acknowledges"):
            screen(HEADER + sack(*gaps))
    with pytest.raises(SctpNonsense, match="acknowledges"):
        screen(HEADER + sack((1, MAX_ACKNOWLEDGED)) + sack((1, 1)))


@pytest.mark.parametrize("gap", [(5, 4), (0, 1)])
def test_a_gap_that_is_none_is_refused(gap: tuple[int, int]) -> None:
    with pytest.raises(SctpNonsense, match="gap"):
        screen(HEADER + sack(gap))


@given(st.binary(max_size=200), st.sampled_from([0, 1, 3, 4, 130, 192]))
def test_no_bytes_raise_anything_else(noise: bytes, kind: int) -> None:
    for packet in (noise, HEADER + noise, HEADER + chunk(kind, noise)):
        try:
            screen(packet)
        except SctpNonsense:
            continue


def test_blocks_that_are_announced_and_not_there_are_left_to_who_reads_them() -> None:
    screen(HEADER + sack((1, 2), said=60_000))
