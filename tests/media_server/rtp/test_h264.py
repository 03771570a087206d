"""H.264 over RTP: whole pictures or none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.assembly import AccessUnit, AccessUnitAssembler
from media_server.rtp.errors import ParseError
from media_server.rtp.h264 import NalUnitReader
from media_server.rtp.packet import RtpPacket
from tests.support.rtp_source import H264Source

SEEDS = sorted((Path(__file__).parent / "seeds").glob("h264-payload-*.hex"))
SPS, PPS = b"\x67sps", b"\x68pps"
SETS = b"\x78" + len(SPS).to_bytes(2, "big") + SPS + len(PPS).to_bytes(2, "big") + PPS


def packet(payload: bytes, *, timestamp: int = 0, marker: bool = False) -> RtpPacket:
    return RtpPacket(96, 0, timestamp, 1, marker, payload)


def key_picture(timestamp: int) -> list[RtpPacket]:
    return [packet(SETS, timestamp=timestamp), packet(b"\x65idr", timestamp=timestamp, marker=True)]


def assemble(assembler: AccessUnitAssembler, packets: list[RtpPacket], *, lost_before: int = 0) -> list[AccessUnit]:
    units: list[AccessUnit] = []
    for item in packets:
        units += assembler.receive(item, lost_before=lost_before)
        lost_before = 0
    return units


def test_encoded_pictures_come_back_as_they_were_packed() -> None:
    source, plain = H264Source(bitrate_bps=3_000_000), H264Source(bitrate_bps=3_000_000)
    assembler = AccessUnitAssembler(NalUnitReader())
    for _ in range(70):
        ((timestamp, nals),) = plain.access_units()
        (unit,) = assemble(assembler, source.packets())
        assert sorted(unit.units) == sorted(nals)
        assert unit.timestamp - source.numbers.first_timestamp == timestamp
        assert unit.is_key == any(nal[0] & 0x1F == 5 for nal in nals)


def test_timestamps_go_on_over_a_day_of_wraps() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    step = 90_000 * 3600
    timestamps = [
        unit.timestamp for hour in range(27) for unit in assemble(assembler, key_picture(hour * step & 0xFFFFFFFF))
    ]
    assert timestamps == [hour * step for hour in range(27)]


def test_a_picture_ends_where_the_timestamp_changes_when_its_marker_is_missing() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    first = key_picture(1)
    first[-1].marker = False
    assert assemble(assembler, first) == []
    (unit,) = assembler.receive(packet(b"\x41p", timestamp=2), lost_before=0)
    assert (unit.timestamp, unit.units) == (1, (SPS, PPS, b"\x65idr"))


def test_after_a_loss_nothing_is_given_up_to_the_next_key_frame() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    assert len(assemble(assembler, key_picture(0))) == 1
    assert len(assembler.receive(packet(b"\x41p", timestamp=1, marker=True), lost_before=0)) == 1
    assert assembler.receive(packet(b"\x41p", timestamp=3, marker=True), lost_before=1) == []
    assert assembler.needs_keyframe
    assert assembler.receive(packet(b"\x41p", timestamp=4, marker=True), lost_before=0) == []
    assert [unit.timestamp for unit in assemble(assembler, key_picture(5))] == [5]
    assert not assembler.needs_keyframe
    assert assembler.dropped == 2


def test_a_key_frame_that_lost_its_beginning_is_not_given() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    assemble(assembler, key_picture(0))
    assert assembler.receive(packet(b"\x65rest", timestamp=1, marker=True), lost_before=1) == []
    assert assembler.needs_keyframe


def test_a_key_frame_right_behind_a_loss_is_whole() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    assemble(assembler, key_picture(0))
    assert [unit.timestamp for unit in assemble(assembler, key_picture(2), lost_before=3)] == [2]


def test_a_loss_inside_a_key_frame_leaves_it_out() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    assert assembler.receive(packet(SETS), lost_before=0) == []
    assert assembler.receive(packet(b"\x65rest", marker=True), lost_before=1) == []


def test_joining_in_the_middle_of_a_key_frame_gives_nothing() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    assert assembler.receive(packet(b"\x65second slice", marker=True), lost_before=0) == []
    assert len(assemble(assembler, key_picture(1))) == 1


def test_an_unreadable_payload_counts_as_a_loss() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    assemble(assembler, key_picture(0))
    assert assembler.receive(packet(b"\x78\xff\xff\x41", timestamp=1, marker=True), lost_before=0) == []
    assert assembler.needs_keyframe


def test_a_fragment_without_its_end_is_never_part_of_a_picture() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    assert assemble(assembler, [packet(SETS), packet(b"\x7c\x85idr", marker=True)]) == []
    assert assembler.needs_keyframe


def test_padding_alone_changes_nothing() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    assemble(assembler, key_picture(0))
    assert assembler.receive(packet(b"", timestamp=0), lost_before=0) == []
    assert len(assembler.receive(packet(b"\x41p", timestamp=1, marker=True), lost_before=0)) == 1


def test_parameter_sets_without_a_picture_are_no_access_unit() -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    assert assembler.receive(packet(SETS, timestamp=1, marker=True), lost_before=0) == []
    assert [unit.timestamp for unit in assemble(assembler, key_picture(2))] == [2]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
def test_a_seed_raises_parse_error(seed: Path) -> None:
    with pytest.raises(ParseError):
        NalUnitReader().read(bytes.fromhex(seed.read_text()))


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_arbitrary_payloads_raise_parse_error_alone(payloads: list[bytes]) -> None:
    reader = NalUnitReader()
    for payload in payloads:
        with suppress(ParseError):
            assert all(nal and 0 < nal[0] & 0x1F < 24 for nal in reader.read(payload))


@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.binary(max_size=12),
                st.sampled_from([SETS, b"\x65idr", b"\x41p", b"\x7c\x85a", b"\x7c\x45b", b"\x7c\x05c", b"\x5c\x81d"]),
            ),
            st.integers(0, 0xFFFFFFFF),
            st.booleans(),
            st.integers(0, 2),
        ),
        max_size=30,
    )
)
def test_arbitrary_packets_give_whole_pictures_that_begin_with_a_key_frame(
    packets: list[tuple[bytes, int, bool, int]],
) -> None:
    assembler = AccessUnitAssembler(NalUnitReader())
    may_follow = False
    for payload, timestamp, marker, lost in packets:
        needed_before = assembler.needs_keyframe
        for unit in assembler.receive(packet(payload, timestamp=timestamp, marker=marker), lost_before=lost):
            assert unit.is_key or (may_follow and not needed_before)
            may_follow, needed_before = True, False
