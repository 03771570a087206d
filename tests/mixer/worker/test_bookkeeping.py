"""Who is there, how far they got, what was played, what changed: small machines on simulated time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixer.auto_dj.view import DeckView, DeskView
from mixer.dsp.gains import Curve, Side
from mixer.worker.desk_news import DeskNews
from mixer.worker.hot_cues import HotCueChanges, whole
from mixer.worker.played import HEARD_FOR_S, PlayedTracks
from mixer.worker.presence import AWAY_AFTER_S, COMMANDS_PER_S, MAX_DEVICES, Allowance, DeviceTaken, Presence
from mixer.worker.receipts import MAX_AHEAD, Receipts

PLAYING = DeckView(
    has_track=True,
    playing=True,
    looping=False,
    reverse=False,
    position=0.0,
    length=1e7,
    bpm=120.0,
    grid_frame=0.0,
    rate=1.0,
    fader=1.0,
    side=Side.A,
    low=0.0,
    pitch=0.0,
    pitch_range=0.08,
)
DESK = DeskView((PLAYING, replace(PLAYING, side=Side.B)), 0.0, Curve.CONSTANT_POWER, hamster=False)


@given(st.permutations(range(1, 12)), st.data())
def test_numbers_in_any_order_and_twice_are_new_once_and_acknowledged_without_a_gap(
    order: list[int], data: st.DataObject
) -> None:
    receipts, came = Receipts(1), set[int]()
    for seq in [*order, data.draw(st.sampled_from(order))]:
        assert receipts.has(seq) == (seq in came)
        receipts.add(seq)
        came.add(seq)
        expected = next(number for number in range(1, 20) if number not in came) - 1
        assert receipts.acknowledged == expected


def test_a_gap_that_is_never_filled_is_given_up() -> None:
    receipts = Receipts(1)
    for seq in range(2, MAX_AHEAD + 10):
        receipts.add(seq)
    assert receipts.acknowledged == MAX_AHEAD + 9


def test_a_device_goes_on_where_it_was_after_the_worker_forgot_it() -> None:
    receipts = Receipts(500)
    receipts.add(500)
    assert receipts.acknowledged == 500
    assert receipts.has(499)


def test_a_device_that_is_silent_is_away_and_known_when_it_comes_back() -> None:
    presence = Presence()
    device = presence.hear("d", "u", "Name", now=0.0)
    assert presence.is_anyone_here(now=AWAY_AFTER_S)
    assert not presence.is_anyone_here(now=AWAY_AFTER_S + 0.1)
    assert presence.hear("d", "u", "New name", now=60.0) is device
    assert [known.name for known in presence.here(now=60.0)] == ["New name"]


def test_nobody_takes_the_device_of_another_while_it_is_there() -> None:
    presence = Presence()
    presence.hear("d", "u", "U", now=0.0)
    with pytest.raises(DeviceTaken):
        presence.hear("d", "v", "V", now=1.0)
    assert presence.hear("d", "v", "V", now=AWAY_AFTER_S + 1.0).receipts is None


def test_a_full_booth_turns_devices_away_until_one_is_gone() -> None:
    presence = Presence()
    for number in range(MAX_DEVICES):
        presence.hear(f"d{number}", "u", "U", now=0.0)
    with pytest.raises(DeviceTaken):
        presence.hear("one more", "u", "U", now=1.0)
    presence.hear("one more", "u", "U", now=AWAY_AFTER_S + 1.0)
    assert len(list(presence.here(now=AWAY_AFTER_S + 1.0))) == 1


def test_the_devices_of_who_is_no_member_are_forgotten() -> None:
    presence = Presence()
    presence.hear("d", "u", "U", now=0.0)
    presence.hear("e", "v", "V", now=0.0)
    presence.keep_only(lambda user: user == "v")
    assert [known.device for known in presence.here(now=0.0)] == ["e"]


def test_an_allowance_is_two_seconds_worth_and_comes_back() -> None:
    allowance = Allowance(COMMANDS_PER_S)
    assert allowance.spend(2 * COMMANDS_PER_S, now=0.0)
    assert not allowance.spend(1.0, now=0.0)
    assert allowance.spend(COMMANDS_PER_S, now=1.0)
    assert not allowance.spend(1.0, now=1.0)


def test_a_track_counts_as_played_once_a_load_and_only_while_it_is_heard() -> None:
    played = PlayedTracks()

    def seconds(count: float, desk: DeskView, loads: dict[int, int], start: float) -> list[int]:
        steps = range(int(count * 25))
        return [deck for step in steps for deck in played.step(desk, loads, master_db=0.0, now=start + step * 0.04)]

    closed = replace(DESK, crossfader=-1.0)
    assert seconds(HEARD_FOR_S + 1.0, closed, {0: 1, 1: 1}, 0.0) == [0]
    assert seconds(60.0, closed, {0: 1, 1: 1}, 21.0) == []
    assert seconds(HEARD_FOR_S + 1.0, DESK, {0: 2, 1: 1}, 81.0) == [0, 1]


def test_nothing_is_played_while_the_master_is_closed() -> None:
    played = PlayedTracks()
    assert not any(played.step(DESK, {0: 1}, master_db=-60.0, now=now * 1.0) for now in range(100))


def test_hot_cues_are_told_once_they_have_been_alone_for_a_second() -> None:
    changes, known = HotCueChanges(), whole([None] * 8)
    moved = whole([100.0, *[None] * 7])
    assert changes.step(0, 1, known, known, now=0.0) is None
    assert changes.step(0, 1, moved, known, now=1.0) is None
    assert changes.step(0, 1, moved, known, now=1.9) is None
    assert changes.step(0, 1, moved, known, now=2.0) == moved
    assert changes.step(0, 1, moved, moved, now=9.0) is None
    # Another load brings its own.
    assert changes.step(0, 2, known, known, now=10.0) is None
    assert changes.step(0, 2, known, known, now=20.0) is None


def test_a_desk_is_told_when_it_changes_and_now_and_then_but_not_more_often_than_it_may() -> None:
    told: list[float] = []
    desk_news = DeskNews(lambda word: told.append(word["fader"]))
    for step in range(100):
        desk_news.offer({"fader": step}, now=step * 0.01)
    assert 16 <= len(told) <= 20
    still = {"fader": -1}
    told.clear()
    for step in range(500):
        desk_news.offer(still, now=1.0 + step * 0.01)
    assert len(told) == 3
