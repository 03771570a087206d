"""Stamps of encoders: unwrapped, moved when they are another clock, and counted for sound."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtmp.timeline import BEGINS_AT, MAX_SOUND_DRIFT_S, EncoderClock, SampleClock


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 5000), max_size=50))
def test_stamps_go_on_over_the_wrap_of_32_bits(first_ms: int, steps: list[int]) -> None:
    clock, now, told_ms = EncoderClock(), 50.0, first_ms
    assert clock.stamp(told_ms, now=now) == BEGINS_AT
    passed = 0
    for step in steps:
        passed, told_ms, now = passed + step, (told_ms + step) % 2**32, now + step / 1000
        assert clock.stamp(told_ms, now=now) == BEGINS_AT + passed * 90
    assert clock.jumps == 0


def test_a_track_that_began_a_little_before_the_first_message_keeps_its_distance() -> None:
    clock = EncoderClock()
    clock.stamp(1000, now=0.0)
    assert clock.stamp(977, now=0.0) == BEGINS_AT - 23 * 90


@pytest.mark.parametrize("stall_s", [5, 60, 300])
def test_a_stall_is_no_jump(stall_s: int) -> None:
    clock = EncoderClock()
    clock.stamp(1000, now=0.0)
    assert clock.stamp(1000 + stall_s * 1000, now=stall_s + 2.0) == BEGINS_AT + stall_s * 90_000
    assert clock.jumps == 0


def test_media_may_come_faster_than_time_passes() -> None:
    clock = EncoderClock()
    stamps = [clock.stamp(step * 500, now=0.01 * step) for step in range(200)]
    assert stamps[-1] - stamps[0] == 199 * 45_000
    assert clock.jumps == 0


@pytest.mark.parametrize("to_ms", [0, 100_000_000], ids=["back", "ahead"])
def test_another_clock_goes_on_where_the_message_came(to_ms: int) -> None:
    clock = EncoderClock()
    clock.stamp(7_200_000, now=10.0)
    before = clock.stamp(7_200_033, now=10.033)
    after = clock.stamp(to_ms, now=12.033)
    assert after - before == pytest.approx(2 * 90_000, abs=2)
    assert clock.stamp(to_ms + 40, now=12.073) - after == 40 * 90
    assert clock.jumps == 1


def test_nanoseconds_are_added_to_the_stamp() -> None:
    clock = EncoderClock()
    clock.stamp(0, now=0.0)
    assert clock.stamp(10, nanoseconds=500_000, now=0.01) == BEGINS_AT + 10 * 90 + 45


@pytest.mark.parametrize(("rate", "samples"), [(44_100, 1024), (48_000, 1024), (48_000, 960), (22_050, 576)])
def test_whole_milliseconds_of_the_encoder_are_not_heard(rate: int, samples: int) -> None:
    clock = SampleClock(rate)
    told = [int(index * samples * 1000 / rate) * 90 for index in range(5000)]
    stamps = [clock.stamp(each, samples) for each in told]
    assert stamps == [index * samples * 90_000 // rate for index in range(5000)]


@pytest.mark.parametrize("part", [0.9995, 1.0005], ids=["fast", "slow"])
def test_a_sound_card_that_is_off_is_followed(part: float) -> None:
    clock = SampleClock(48_000)
    told = [int(index * 1920 * part) for index in range(50_000)]
    stamps = [clock.stamp(each, 1024) for each in told]
    drift = MAX_SOUND_DRIFT_S * 90_000
    assert max(abs(stamp - each) for stamp, each in zip(stamps, told, strict=True)) <= drift + 1920
    assert all(after > before for before, after in pairwise(stamps))


@given(st.lists(st.tuples(st.integers(-200_000, 200_000), st.sampled_from([120, 960, 1024])), max_size=80))
def test_stamps_of_sound_ascend_whatever_is_told(steps: list[tuple[int, int]]) -> None:
    clock, told, stamps = SampleClock(48_000), 10_000_000, []
    for step, samples in steps:
        told += step
        stamps.append(clock.stamp(told, samples))
    assert all(after > before for before, after in pairwise(stamps))
