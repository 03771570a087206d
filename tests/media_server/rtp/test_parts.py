"""Which part of an encoding a packet is of, who needs it, and where somebody can be let in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.errors import ParseError
from media_server.rtp.extensions import DEPENDENCY_DESCRIPTOR
from media_server.rtp.keyframe import starts_keyframe
from media_server.rtp.parts import PART_READERS, WHOLE, Cut, DescribedParts, Part, Vp9Parts, read_vp8
from media_server.rtp.vp8 import parse_descriptor
from tests.support.dependency_descriptors import L1T3, L3T1_KEY, descriptor


def vp8(temporal: int, *, sync: bool = False, begins: bool = True) -> Part:
    payload = bytes((0x90 if begins else 0x80, 0xE0, 0x81, 0x02, 7, temporal << 6 | sync << 5, 0x31))
    *_, part = read_vp8(payload)
    assert part is not None
    return part


def vp9(
    spatial: int, temporal: int = 0, *, predicted: bool = True, up: bool = False, begins: bool = True, ends: bool = True
) -> Part:
    flags = 0xA0 | predicted << 6 | begins << 3 | ends << 2
    part = Vp9Parts().read(bytes((flags, 0x05, temporal << 5 | up << 4 | spatial << 1, 3, 0x86)), {})
    assert part is not None
    return part


def described(*told: bytes) -> list[Part]:
    reader = DescribedParts()
    parts = [reader.read(b"\x10x", {DEPENDENCY_DESCRIPTOR: each}) for each in told]
    return [part for part in parts if part is not None]


def test_vp8_is_left_out_by_temporal_layer() -> None:
    assert [vp8(n).is_within(Cut(None, 1)) for n in range(3)] == [True, True, False]
    assert all(vp8(n).is_within(WHOLE) for n in range(4))


@pytest.mark.parametrize(
    ("part", "sent", "into", "may"),
    [
        (vp8(2), WHOLE, Cut(None, 0), True),
        (vp8(2, begins=False), WHOLE, Cut(None, 0), False),
        (vp8(1, sync=True), Cut(None, 0), Cut(None, 1), True),
        (vp8(1, sync=True), Cut(None, 0), WHOLE, True),
        (vp8(1), Cut(None, 0), Cut(None, 1), False),
        (vp8(2, sync=True), Cut(None, 0), WHOLE, False),
        (vp8(2, sync=True), Cut(None, 1), WHOLE, True),
        (vp8(0), Cut(None, 0), WHOLE, False),
        (vp9(0), WHOLE, Cut(1, None), True),
        (vp9(1), WHOLE, Cut(1, None), False),
        (vp9(0), Cut(0, None), WHOLE, False),
        (vp9(0, predicted=False), Cut(0, None), WHOLE, True),
        (vp9(0, 0, up=True), Cut(None, 0), WHOLE, True),
        (vp9(0, 1, up=True), Cut(None, 0), WHOLE, False),
        (vp9(0, 0), Cut(None, 0), WHOLE, False),
        (vp9(0, 2), WHOLE, Cut(None, 1), True),
        (vp9(0, 0, begins=False), WHOLE, Cut(None, 0), False),
    ],
)
def test_who_is_let_in_can_decode_what_follows(part: Part, sent: Cut, into: Cut, may: bool) -> None:
    assert part.lets_in(sent, into) is may


def test_vp9_is_left_out_by_both_and_the_chosen_frame_ends_the_picture() -> None:
    assert [vp9(s, t).is_within(Cut(1, 0)) for s in range(3) for t in range(2)] == [True, False, True, False] + [
        False
    ] * 2
    assert [vp9(s).ends_picture(Cut(1, None)) for s in range(3)] == [False, True, False]
    assert not vp9(1, ends=False).ends_picture(Cut(1, None))


def test_vp9_without_layers_and_av1_without_descriptors_have_no_parts() -> None:
    assert Vp9Parts().read(bytes((0x8C, 0x85, 0x86)), {}) is None
    assert DescribedParts().read(b"\x10x", {}) is None
    assert described(descriptor(7, 1)) == []


def test_temporal_layers_are_left_out_by_what_their_target_needs() -> None:
    frames = described(descriptor(5, 0, structure=L1T3), *(descriptor(n, n) for n in (5, 6, 7, 8)))
    assert [frame.temporal for frame in frames] == [0, 0, 0, 1, 2]
    assert [frame.is_within(Cut(None, 1)) for frame in frames] == [True, True, True, True, False]
    assert frames[1].lets_in(Cut(None, 0), WHOLE)
    assert not frames[3].lets_in(Cut(None, 0), WHOLE)
    assert frames[3].lets_in(WHOLE, Cut(None, 1))
    assert not frames[4].lets_in(WHOLE, Cut(None, 1))


def test_layers_that_only_key_pictures_share_are_changed_at_key_pictures() -> None:
    key, base, middle, top = described(
        descriptor(60, 0, structure=L3T1_KEY), descriptor(61, 1), descriptor(63, 2), descriptor(1, 3)
    )
    assert [part.is_within(Cut(1, None)) for part in (key, base, middle, top)] == [True, False, True, False]
    assert [part.is_within(WHOLE) for part in (key, base, middle, top)] == [True, False, False, True]
    assert key.lets_in(WHOLE, Cut(1, None))
    assert key.lets_in(Cut(0, None), WHOLE)
    assert not middle.lets_in(WHOLE, Cut(1, None))
    assert not base.lets_in(WHOLE, Cut(0, None))
    assert [part.ends_picture(Cut(1, None)) for part in (key, middle)] == [False, True]


def test_sizes_are_those_the_stream_has_named() -> None:
    reader = DescribedParts()
    assert reader.sizes() == ()
    reader.read(b"", {DEPENDENCY_DESCRIPTOR: descriptor(60, 0, structure=L3T1_KEY)})
    reader.read(b"", {DEPENDENCY_DESCRIPTOR: descriptor(61, 0)})
    assert reader.sizes() == ((320, 180), (640, 360), (1280, 720))
    vp9_reader = Vp9Parts()
    vp9_reader.read(bytes.fromhex("0a30014000b40280016886"), {})
    assert vp9_reader.sizes() == ((320, 180), (640, 360))


@given(st.binary(max_size=12))
def test_one_look_at_vp8_sees_what_the_whole_descriptor_says(payload: bytes) -> None:
    starts, picture_id_at, tl0_at, part = read_vp8(payload)
    try:
        told = parse_descriptor(payload)
    except ParseError:
        assert (starts, picture_id_at, tl0_at, part) == (False, 0, 0, None)
        return
    assert starts == starts_keyframe("VP8", payload)
    assert (picture_id_at, tl0_at) == (told.picture_id_at, told.tl0_at)
    expected = None if told.temporal_layer is None else (told.temporal_layer, told.is_layer_sync, told.is_frame_start)
    assert (None if part is None else (part.temporal, part.is_sync, part.begins_frame)) == expected  # type: ignore[attr-defined]


@given(st.sampled_from(sorted(PART_READERS)), st.binary(max_size=40), st.binary(max_size=40))
def test_no_packet_makes_a_reader_raise(codec: str, payload: bytes, told: bytes) -> None:
    part = PART_READERS[codec]().read(payload, {DEPENDENCY_DESCRIPTOR: told})
    if part is not None:
        assert isinstance(part.is_within(Cut(0, 0)), bool)
        assert isinstance(part.lets_in(WHOLE, Cut(0, 0)), bool)
