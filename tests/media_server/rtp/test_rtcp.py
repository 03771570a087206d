"""RTCP: round trips, agreement with aiortc, and hostile bytes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiortc.rtp import (
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSrPacket,
    pack_remb_fci,
    unpack_remb_fci,
)
from aiortc.rtp import (
    RtcpPacket as AiortcRtcp,
)
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.errors import ParseError
from media_server.rtp.rtcp import (
    BYE,
    RR,
    SDES,
    SR,
    Fir,
    Goodbye,
    Nack,
    Pli,
    ReceiverReport,
    Remb,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    TransportFeedback,
    parse_compound,
    serialize_compound,
)
from media_server.rtp.rtcp.statuses import CHUNKS_CUT, DELTAS_CUT, RESERVED, deltas_begin, places_in, symbol_in

SEEDS = sorted((Path(__file__).parent / "seeds").glob("rtcp-*.hex"))
u8, u16, u32, u64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
blocks = st.builds(ReportBlock, u32, u8, st.integers(-0x800000, 0x7FFFFF), u32, u32, u32, u32)
several_blocks = st.lists(blocks, max_size=31).map(tuple)
items = st.tuples(st.integers(1, 8), st.binary(max_size=40))
chunks = st.tuples(u32, st.lists(items, max_size=3).map(tuple))
deltas = st.lists(st.none() | st.integers(0, 255) | st.integers(-0x8000, 0x7FFF), max_size=120).map(tuple)
reports = st.builds(SenderReport, u32, u64, u32, u32, u32, several_blocks) | st.builds(
    ReceiverReport, u32, several_blocks
)
descriptions = st.builds(SourceDescription, st.lists(chunks, max_size=4).map(tuple))
goodbyes = st.builds(Goodbye, st.lists(u32, max_size=31).map(tuple), st.binary(max_size=60))
nacks = st.builds(Nack, u32, u32, st.lists(u16, max_size=60).map(tuple))
key_requests = st.builds(Pli, u32, u32) | st.builds(Fir, u32, st.lists(st.tuples(u32, u8), max_size=5).map(tuple))
rembs = st.builds(
    Remb,
    u32,
    st.builds(lambda mantissa, exponent: mantissa << exponent, st.integers(0, 0x3FFFF), st.integers(0, 30)),
    st.lists(u32, max_size=10).map(tuple),
)
feedback = st.builds(TransportFeedback.of, u32, u32, u16, st.integers(-0x800000, 0x7FFFFF), u8, deltas)
everything = reports | descriptions | goodbyes | nacks | key_requests | rembs | feedback


@given(st.lists(everything, max_size=4))
def test_what_is_written_is_read_back(packets: list[RtcpPacket]) -> None:
    assert parse_compound(serialize_compound(packets)) == packets


@given(st.lists(everything, max_size=6), st.sets(st.sampled_from([SR, RR, SDES, BYE])))
def test_the_types_that_nobody_reads_are_skipped_and_no_others(packets: list[RtcpPacket], skip: set[int]) -> None:
    wanted = [packet for packet in packets if packet.serialize()[1] not in skip]
    assert parse_compound(serialize_compound(packets), skip=skip) == wanted


@given(reports)
def test_aiortc_reads_our_reports_and_writes_the_same_bytes(packet: SenderReport | ReceiverReport) -> None:
    data = packet.serialize()
    (theirs,) = AiortcRtcp.parse(data)
    assert isinstance(theirs, RtcpSrPacket | RtcpRrPacket)
    assert bytes(theirs) == data


@given(u32, st.binary(min_size=1, max_size=30))
def test_aiortc_reads_our_cname(ssrc: int, name: bytes) -> None:
    data = SourceDescription(((ssrc, ((1, name),)),)).serialize()
    (theirs,) = AiortcRtcp.parse(data)
    assert isinstance(theirs, RtcpSdesPacket)
    assert theirs.chunks[0].items == [(1, name)]


@given(u32, st.lists(u16, unique=True, min_size=1, max_size=40))
def test_aiortc_reads_our_nacks(ssrc: int, lost: list[int]) -> None:
    (theirs,) = AiortcRtcp.parse(Nack(1, ssrc, tuple(lost)).serialize())
    assert isinstance(theirs, RtcpRtpfbPacket)
    assert [number & 0xFFFF for number in theirs.lost] == lost


@given(st.integers(0, 2**40), st.lists(u32, max_size=5))
def test_remb_is_written_as_aiortc_writes_it(bitrate_bps: int, ssrcs: list[int]) -> None:
    data = Remb(7, bitrate_bps, tuple(ssrcs)).serialize()
    theirs = RtcpPsfbPacket(fmt=15, ssrc=7, media_ssrc=0, fci=pack_remb_fci(bitrate_bps, ssrcs))
    assert data == bytes(theirs)
    (ours,) = parse_compound(data)
    assert isinstance(ours, Remb)
    assert (ours.bitrate_bps, list(ours.ssrcs)) == unpack_remb_fci(theirs.fci)


def test_goodbyes_and_picture_loss_are_aiortcs_bytes() -> None:
    assert Goodbye((1, 2)).serialize() == bytes(RtcpByePacket([1, 2]))
    assert Pli(3, 4).serialize() == bytes(RtcpPsfbPacket(fmt=1, ssrc=3, media_ssrc=4))


def test_the_bits_of_a_nack_follow_its_first_packet() -> None:
    # RFC 4585 §6.2.1: PID 65534 and bits 0, 2 and 15 of BLP.
    nack = Nack(1, 2, (65_534, 65_535, 1, 14))
    assert nack.serialize()[12:] == bytes.fromhex("fffe8005")
    assert parse_compound(nack.serialize()) == [nack]


def test_transport_feedback_chunks_take_the_shapes_of_the_draft() -> None:
    # §3.1.3: a run of 14 received, then a vector of two-bit symbols holding the large delta.
    packet = TransportFeedback.of(1, 2, 3, -4, 5, (*[1] * 14, 300, None, 2))
    data = packet.serialize()
    assert data[20:24] == bytes.fromhex("200e") + (0xC000 | 2 << 12 | 0 << 10 | 1 << 8).to_bytes(2, "big")
    assert parse_compound(data) == [packet]


@given(st.integers(-0x800000, 0x7FFFFF), u16, u8, deltas)
def test_transport_feedback_says_what_it_was_made_of(
    reference: int, base: int, count: int, said: tuple[int | None, ...]
) -> None:
    packet = TransportFeedback.of(1, 2, base, reference, count, said)
    told = (packet.base_sequence, packet.status_count, packet.reference_time, packet.feedback_count, packet.deltas)
    assert told == (base, len(said), reference, count, list(said))


@given(st.lists(st.integers(0, 0xFFFF), max_size=12), st.integers(0, 200), st.integers(0, 60))
def test_the_deltas_are_behind_the_chunks_as_many_as_these_say(said: list[int], count: int, octets: int) -> None:
    symbols: list[int] = []
    used = 0
    while len(symbols) < count and used < len(said):
        symbols += [symbol_in(said[used], place) for place in range(places_in(said[used]))]
        used += 1
    fci = bytes(2) + count.to_bytes(2, "big") + bytes(4) + b"".join(chunk.to_bytes(2, "big") for chunk in said[:used])
    at = deltas_begin(fci + bytes(octets))
    if 3 in symbols[:count]:
        assert at in (RESERVED, CHUNKS_CUT)
    elif len(symbols) >= count:
        assert at == (len(fci) if sum(symbols[:count]) <= octets else DELTAS_CUT)


def test_losses_in_runs_cost_a_chunk_and_not_a_packet_each() -> None:
    assert len(TransportFeedback.of(1, 2, 3, 4, 5, (0, *[None] * 8_000, 0)).serialize()) < 40


@given(st.binary(max_size=300))
def test_bytes_raise_nothing_but_parse_errors(data: bytes) -> None:
    with suppress(ParseError):
        read_whole(data)


@given(everything, st.data())
def test_a_damaged_packet_raises_nothing_but_parse_errors(packet: RtcpPacket, data: st.DataObject) -> None:
    damaged = bytearray(packet.serialize())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(u8)
    with suppress(ParseError):
        read_whole(bytes(damaged))
    with suppress(ParseError):
        read_whole(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))


def read_whole(data: bytes) -> list[RtcpPacket]:
    """What transport feedback says is read only when somebody asks."""
    packets = parse_compound(data)
    for packet in packets:
        if isinstance(packet, TransportFeedback):
            assert len(packet.deltas) == packet.status_count
    return packets


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_hostile_compounds_that_were_collected_are_refused(path: Path) -> None:
    with pytest.raises(ParseError):
        read_whole(bytes.fromhex(path.read_text()))


@pytest.mark.parametrize(
    "unknown",
    [
        bytes.fromhex("80cf0001 00000001".replace(" ", "")),
        bytes.fromhex("80cc0002 00000001 6e616d65".replace(" ", "")),
        bytes.fromhex("87cd0002 00000001 00000002".replace(" ", "")),
        bytes.fromhex("8fce0003 00000001 00000002 58595a21".replace(" ", "")),
    ],
)
def test_packets_of_other_kinds_are_skipped(unknown: bytes) -> None:
    assert parse_compound(unknown + Pli(1, 2).serialize()) == [Pli(1, 2)]


def test_a_report_may_carry_a_profiles_extension() -> None:
    report: Any = ReceiverReport(9, ())
    assert parse_compound(bytes.fromhex("80c90002 00000009 deadbeef".replace(" ", ""))) == [report]


def test_more_blocks_than_a_report_can_count_are_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="32 blocks") as caught:
        ReceiverReport(1, (ReportBlock(1, 0, 0, 0, 0, 0, 0),) * 32).serialize()
    assert not isinstance(caught.value, ParseError)
