"""NTP timestamps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.rtp.ntp import ntp_delta_s, ntp_from_unix, ntp_middle, ntp_to_unix, short_ntp


def test_the_epochs_are_seventy_years_apart() -> None:
    assert ntp_from_unix(0.0) == 2_208_988_800 << 32
    assert ntp_to_unix(2_208_988_800 << 32 | 1 << 31) == 0.5


@given(st.floats(0, 2_085_978_495))
def test_a_time_comes_back_to_the_microsecond(seconds: float) -> None:
    assert ntp_to_unix(ntp_from_unix(seconds)) == pytest.approx(seconds, abs=1e-6)


@given(st.integers(0, 2**64 - 1), st.floats(-1_000_000, 1_000_000))
def test_differences_hold_across_the_change_of_era(start: int, seconds: float) -> None:
    later = (start + round(seconds * 2**32)) & 0xFFFFFFFFFFFFFFFF
    assert ntp_delta_s(later, start) == pytest.approx(seconds, abs=1e-6)


def test_the_middle_of_the_rfcs_example() -> None:
    # RFC 3550 figure 2: an SR at b44d:b705:2000:0000 is named b705:2000.
    assert ntp_middle(0xB44DB705_20000000) == 0xB7052000


@pytest.mark.parametrize(("seconds", "units"), [(-1.0, 0), (0.0, 0), (5.25, 0x54000), (1e9, 0xFFFFFFFF)])
def test_a_duration_is_kept_within_its_32_bits(seconds: float, units: int) -> None:
    assert short_ntp(seconds) == units
