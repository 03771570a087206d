"""What a machine has room for: granted by estimate, corrected by what it turns out to cost."""

from __future__ import annotations

import pytest

from media_server.hub.frames import Track, TrackFormat
from media_server.transcode.capacity import Capacity
from media_server.transcode.renditions import ladder

FULL_HD = Track("video", "video", TrackFormat("h264", b"", width=1920, height=1080))


def test_what_does_not_fit_is_not_granted_and_changes_nothing() -> None:
    capacity = Capacity(2.0)
    assert capacity.take("a", needed=1.5)
    assert not capacity.take("b", needed=0.6)
    assert not capacity.take("b", spare=0.6)
    assert capacity.used == 1.5
    assert capacity.take("b", needed=0.2, spare=0.3)
    capacity.give_back("a")
    assert capacity.used == 0.5


def test_a_new_grant_replaces_the_old_one_and_a_refusal_keeps_it() -> None:
    capacity = Capacity(2.0)
    assert capacity.take("a", needed=1.0)
    assert capacity.take("a", needed=1.0, spare=0.8)
    assert not capacity.take("a", needed=2.1)
    assert capacity.used == 1.8


def test_what_is_needed_is_granted_before_what_is_spare() -> None:
    capacity = Capacity(2.0)
    assert capacity.take("ladder", spare=1.8)
    assert capacity.take("picture", needed=1.0)
    assert capacity.is_short
    assert not capacity.take("ladder", spare=1.8)
    capacity.give_back("ladder")
    assert not capacity.is_short


def test_without_cores_nothing_is_made() -> None:
    assert not Capacity(0.0).take("a", needed=0.01)


def test_more_pixels_cost_more() -> None:
    capacity = Capacity(1.0)
    costs = [capacity.estimate(FULL_HD, ladder(FULL_HD)[start:]) for start in range(3)]
    assert costs == sorted(costs, reverse=True)
    assert 0.2 < costs[0] < 2.0


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_estimates_follow_what_was_measured(share: float) -> None:
    capacity = Capacity(100.0)
    before = capacity.estimate(FULL_HD, ladder(FULL_HD))
    assert capacity.take("a", needed=before / 2, spare=before / 2)
    for _ in range(100):
        capacity.measured("a", before * share)
    assert capacity.used == pytest.approx(before * share, rel=0.01)
    assert capacity.estimate(FULL_HD, ladder(FULL_HD)) == pytest.approx(before * share, rel=0.1)


def test_a_measurement_of_nobody_says_nothing() -> None:
    capacity = Capacity(1.0)
    before = capacity.estimate(FULL_HD, ladder(FULL_HD))
    capacity.measured("nobody", 50.0)
    assert capacity.estimate(FULL_HD, ladder(FULL_HD)) == before
