"""Waiting, live, interrupted, ended: what moves a room from one to the next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.router.room_state import SILENT_AFTER_S, RoomPhase, RoomState

GRACE_S = 30.0


def live_state() -> RoomState:
    state = RoomState(grace_s=GRACE_S, now=0.0)
    state.publisher_heard(now=1.0)
    return state


def test_a_room_waits_for_its_first_publisher_for_as_long_as_it_takes() -> None:
    state = RoomState(grace_s=GRACE_S, now=0.0)
    state.poll(now=1000.0)
    state.publisher_lost(now=1000.0)
    assert state.phase is RoomPhase.WAITING


def test_a_silent_publisher_is_lost_heard_again_and_live() -> None:
    state = live_state()
    state.poll(now=1.0 + SILENT_AFTER_S)
    assert state.phase is RoomPhase.LIVE
    state.poll(now=1.1 + SILENT_AFTER_S)
    assert (state.phase, state.since) == (RoomPhase.INTERRUPTED, 1.1 + SILENT_AFTER_S)
    state.publisher_heard(now=10.0)
    assert (state.phase, state.since) == (RoomPhase.LIVE, 10.0)


@pytest.mark.parametrize(("waited_s", "phase"), [(GRACE_S, RoomPhase.INTERRUPTED), (GRACE_S + 0.1, RoomPhase.ENDED)])
def test_the_grace_period_ends_the_room(waited_s: float, phase: RoomPhase) -> None:
    state = live_state()
    state.publisher_lost(now=2.0)
    state.poll(now=2.0 + waited_s)
    assert state.phase is phase
    assert state.ended_reason == ("publisher_lost" if phase is RoomPhase.ENDED else None)


def test_the_grace_period_begins_when_the_connection_is_gone() -> None:
    state = live_state()
    state.poll(now=60.0, is_connected=True)
    assert state.phase is RoomPhase.INTERRUPTED
    state.poll(now=120.0, is_connected=True)
    state.poll(now=120.0 + GRACE_S)
    assert not state.is_over
    state.poll(now=120.1 + GRACE_S)
    assert state.is_over


def test_each_interruption_has_the_whole_grace_period() -> None:
    state = live_state()
    for start in (10.0, 100.0, 200.0):
        state.publisher_lost(now=start)
        state.poll(now=start + GRACE_S)
        assert state.phase is RoomPhase.INTERRUPTED
        state.publisher_heard(now=start + GRACE_S)
    assert state.phase is RoomPhase.LIVE


@given(
    st.lists(
        st.tuples(st.sampled_from(["heard", "lost", "poll", "end"]), st.floats(0.01, 40.0)), min_size=1, max_size=40
    )
)
def test_an_ended_room_stays_ended_for_its_first_reason(happenings: list[tuple[str, float]]) -> None:
    state, now, ended = live_state(), 1.0, None
    for what, after_s in happenings:
        now += after_s
        if what == "heard":
            state.publisher_heard(now=now)
        elif what == "lost":
            state.publisher_lost(now=now)
        elif what == "poll":
            state.poll(now=now)
        else:
            state.end("ended", now=now)
        if ended is not None:
            assert (state.is_over, state.ended_reason, state.since) == ended
        elif state.is_over:
            ended = (True, state.ended_reason, state.since)
            assert state.ended_reason is not None
