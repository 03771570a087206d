"""The block that a peer's agreement makes of what a source said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.extensions import (
    ABS_CAPTURE_TIME,
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    MID,
    NONE_AGREED,
    PASSED_ON,
    RTP_STREAM_ID,
    TRANSPORT_CC,
    ExtensionMap,
    abs_send_time,
    padded,
)
from media_server.rtp.packet import ONE_BYTE_PROFILE, TWO_BYTE_PROFILE, RtpPacket


def parsed(block: bytes) -> dict[int, bytes]:
    """As a receiver reads it."""
    return RtpPacket.parse((b"\x90" if block else b"\x80") + bytes(11) + block).extensions


def profile(block: bytes) -> int:
    return int.from_bytes(block[:2], "big")


uris = st.lists(st.sampled_from([MID, ABS_SEND_TIME, TRANSPORT_CC, *PASSED_ON]), unique=True)
sayings = st.dictionaries(st.sampled_from([*PASSED_ON, MID, TRANSPORT_CC, RTP_STREAM_ID]), st.binary(max_size=255))


@given(uris, sayings, st.sampled_from([1, 4, 9, 14, 20, 247]), st.floats(0, 1e7), st.integers(0, 16))
def test_a_receiver_reads_what_was_said_and_agreed_on(
    agreed_on: list[str], said: dict[str, bytes], first: int, now: float, padding_words: int
) -> None:
    ids = {uri: first + n for n, uri in enumerate(agreed_on)} if first + len(agreed_on) <= 256 else {}
    agreed = ExtensionMap(tuple(ids.items()), mid=b"1", may_mix=True)
    expected = {ids[uri]: value for uri, value in said.items() if uri in PASSED_ON and uri in ids and value}
    own = {MID: b"1", ABS_SEND_TIME: abs_send_time(now), TRANSPORT_CC: b"\0\0"}
    expected |= {ids[uri]: value for uri, value in own.items() if uri in ids}
    block = agreed.block(said, now=now)
    assert parsed(block) == expected
    assert len(block) % 4 == 0
    wider = padded(block, len(block) + 4 * padding_words)
    assert len(wider) == len(block) + 4 * padding_words
    assert parsed(wider) == expected
    number_id = ids.get(TRANSPORT_CC)
    if number_id is not None:
        assert parsed(wider[:-2] + b"\x12\x34")[number_id] == b"\x12\x34"


def test_the_one_byte_form_is_used_wherever_it_can_hold_all() -> None:
    agreed = ExtensionMap(((AUDIO_LEVEL, 14), (DEPENDENCY_DESCRIPTOR, 1)), may_mix=True)
    assert profile(agreed.block({AUDIO_LEVEL: b"1", DEPENDENCY_DESCRIPTOR: bytes(16)}, now=0)) == ONE_BYTE_PROFILE
    assert profile(agreed.block({AUDIO_LEVEL: b"1", DEPENDENCY_DESCRIPTOR: bytes(17)}, now=0)) == TWO_BYTE_PROFILE
    assert (
        profile(ExtensionMap(((AUDIO_LEVEL, 15),), may_mix=True).block({AUDIO_LEVEL: b"1"}, now=0)) == TWO_BYTE_PROFILE
    )


def test_who_may_not_mix_forms_is_sent_what_the_one_byte_form_holds() -> None:
    agreed = ExtensionMap(((AUDIO_LEVEL, 3), (DEPENDENCY_DESCRIPTOR, 1)))
    block = agreed.block({AUDIO_LEVEL: b"1", DEPENDENCY_DESCRIPTOR: bytes(17)}, now=0)
    assert (profile(block), parsed(block)) == (ONE_BYTE_PROFILE, {3: b"1"})


def test_nothing_said_is_no_block() -> None:
    assert NONE_AGREED.block({AUDIO_LEVEL: b"1"}, now=0) == b""
    assert ExtensionMap(((AUDIO_LEVEL, 3), (MID, 4))).block({ABS_CAPTURE_TIME: bytes(8)}, now=0) == b""
    assert not NONE_AGREED
    assert ExtensionMap(((AUDIO_LEVEL, 3),))


@pytest.mark.parametrize(
    ("ids", "mid", "may_mix"),
    [((MID, 15), b"0", False), ((MID, 0), b"0", True), ((MID, 256), b"0", True), ((MID, 1), bytes(17), True)],
    ids=["beyond-one-byte", "zero", "beyond-two-bytes", "long-mid"],
)
def test_what_has_no_wire_form_is_refused(ids: tuple[str, int], mid: bytes, may_mix: bool) -> None:
    with pytest.raises(ValueError, match="no wire form"):
        ExtensionMap((ids,), mid=mid, may_mix=may_mix)


def test_two_extensions_never_share_an_id() -> None:
    with pytest.raises(ValueError, match="under one id"):
        ExtensionMap(((MID, 1), (AUDIO_LEVEL, 1)), mid=b"0")


@pytest.mark.parametrize(
    ("now", "expected"),
    [(0.0, "000000"), (1.0, "040000"), (63.999999, "ffffff"), (64.0, "000000"), (1e6 + 0.5, "020000")],
)
def test_abs_send_time_is_seconds_in_fixed_point_that_wrap(now: float, expected: str) -> None:
    assert abs_send_time(now).hex() == expected


@given(uris, sayings)
def test_what_may_be_repeated_is_the_same_whenever_it_is_sent(agreed_on: list[str], said: dict[str, bytes]) -> None:
    agreed = ExtensionMap(tuple((uri, 1 + n) for n, uri in enumerate(agreed_on)), mid=b"0", may_mix=True)
    is_numbered = TRANSPORT_CC in agreed_on
    is_timed = agreed.block(said, now=1.0) != agreed.block(said, now=2.0)
    assert agreed.is_repeatable == (not is_numbered and not is_timed)


def test_equal_agreements_are_one_group() -> None:
    assert len({ExtensionMap(((MID, 1),), mid=mid) for mid in (b"0", b"0", b"1")}) == 2
