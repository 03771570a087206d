"""Claims about the rule that turns a worker's word into a stream's state, on simulated time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from control_api.identity import Role, StreamId, UserId
from control_api.media.missing_workers import MissingWorkers
from control_api.media.models import RoomSnapshot
from control_api.media.verdict import Ends, Patience, Remains, Verdict, judge
from control_api.streams.models import EndedReason, MediaState, Source, Status, Stream

START = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE = Patience(publish_wait=timedelta(seconds=120), grace=timedelta(seconds=30), mix_grace=timedelta(seconds=600))
STREAM = Stream(
    id=StreamId(uuid4()),
    creator_id=UserId(uuid4()),
    creator_type=Role.DJ,
    creator_name="anna",
    title="x",
    description="",
    source=Source.CAMERA,
    status=Status.LIVE,
    media_state=MediaState.WAITING,
    media_state_since=START,
    ended_reason=None,
    start_time=START,
    end_time=None,
    viewer_count=0,
    peak_viewers=0,
    worker_id="w",
    publish_generation=1,
    publish_granted_at=START,
)
STILL_WAITING, IS_LIVE, IS_INTERRUPTED = (
    Remains(MediaState.WAITING),
    Remains(MediaState.LIVE),
    Remains(MediaState.INTERRUPTED),
)


def verdict(stream: Stream, room: RoomSnapshot | None, after_s: float, *, worker_is_gone: bool = False) -> Verdict:
    now = START + timedelta(seconds=after_s)
    return judge(stream, room, worker_is_gone=worker_is_gone, now=now, patience=PATIENCE)


def in_state(state: MediaState) -> Stream:
    return replace(STREAM, media_state=state)


@pytest.mark.parametrize("state", [MediaState.WAITING, MediaState.LIVE, MediaState.INTERRUPTED])
def test_the_workers_word_on_a_room_that_is_there_counts_however_late(state: MediaState) -> None:
    live = RoomSnapshot(state="live", generation=1, viewers=0)
    interrupted = RoomSnapshot(state="interrupted", generation=1, viewers=0)
    assert verdict(in_state(state), live, 9_999) == IS_LIVE
    assert verdict(in_state(state), interrupted, 9_999) == IS_INTERRUPTED


@pytest.mark.parametrize(("after_s", "expected"), [(119.9, STILL_WAITING), (120, Ends(EndedReason.NEVER_PUBLISHED))])
def test_a_publisher_who_never_comes_is_waited_for_two_minutes(after_s: float, expected: Verdict) -> None:
    assert verdict(STREAM, None, after_s) == expected
    assert verdict(STREAM, None, after_s, worker_is_gone=True) == expected


def test_a_new_grant_starts_the_wait_again() -> None:
    granted = replace(STREAM, publish_generation=2, publish_granted_at=START + timedelta(seconds=100))
    assert verdict(granted, None, 219) == STILL_WAITING
    assert verdict(granted, None, 220) == Ends(EndedReason.NEVER_PUBLISHED)


def test_a_live_stream_without_its_room_is_interrupted_first() -> None:
    assert verdict(in_state(MediaState.LIVE), None, 9_999) == IS_INTERRUPTED
    assert verdict(in_state(MediaState.LIVE), None, 9_999, worker_is_gone=True) == IS_INTERRUPTED


@pytest.mark.parametrize(("gone", "reason"), [(True, EndedReason.WORKER_LOST), (False, EndedReason.PUBLISHER_LOST)])
def test_an_interrupted_stream_without_its_room_ends_after_the_grace(gone: bool, reason: EndedReason) -> None:
    stream = in_state(MediaState.INTERRUPTED)
    assert verdict(stream, None, 29.9, worker_is_gone=gone) == IS_INTERRUPTED
    assert verdict(stream, None, 30, worker_is_gone=gone) == Ends(reason)


@pytest.mark.parametrize("reason", ["ended", "publisher_lost"])
def test_a_room_that_ended_ends_its_stream_with_its_reason(reason: str) -> None:
    room = RoomSnapshot.model_validate({"state": "ended", "generation": 1, "viewers": 0, "ended_reason": reason})
    for state in (MediaState.WAITING, MediaState.LIVE, MediaState.INTERRUPTED):
        assert verdict(in_state(state), room, 1) == Ends(EndedReason(reason))


def test_a_room_that_ended_before_the_newest_grant_leaves_its_holder_the_time_to_come() -> None:
    room = RoomSnapshot(state="ended", generation=1, viewers=0, ended_reason="publisher_lost")
    granted = replace(
        in_state(MediaState.INTERRUPTED), publish_generation=2, publish_granted_at=START + timedelta(seconds=20)
    )
    assert verdict(granted, room, 49) == IS_INTERRUPTED
    assert verdict(granted, room, 50) == Ends(EndedReason.PUBLISHER_LOST)


MIX = replace(STREAM, source=Source.MIX)


@pytest.mark.parametrize("state", [MediaState.WAITING, MediaState.LIVE, MediaState.INTERRUPTED])
def test_a_mix_follows_its_room_like_any_stream(state: MediaState) -> None:
    stream = replace(MIX, media_state=state)
    assert verdict(stream, RoomSnapshot(state="live", generation=1, viewers=0), 9_999) == IS_LIVE
    assert verdict(stream, RoomSnapshot(state="interrupted", generation=1, viewers=0), 9_999) == IS_INTERRUPTED


@pytest.mark.parametrize("worker_is_gone", [True, False])
@pytest.mark.parametrize("room", [None, RoomSnapshot(state="ended", generation=9, viewers=0, ended_reason="ended")])
def test_a_mix_that_nothing_carries_is_interrupted_and_ends_after_a_grace_of_its_own(
    room: RoomSnapshot | None, worker_is_gone: bool
) -> None:
    live, lost, new = (
        replace(MIX, media_state=state) for state in (MediaState.LIVE, MediaState.INTERRUPTED, MediaState.WAITING)
    )
    assert verdict(live, room, 9_999, worker_is_gone=worker_is_gone) == IS_INTERRUPTED
    assert verdict(lost, room, 599, worker_is_gone=worker_is_gone) == IS_INTERRUPTED
    assert verdict(lost, room, 600, worker_is_gone=worker_is_gone) == Ends(EndedReason.WORKER_LOST)
    assert verdict(new, room, 599, worker_is_gone=worker_is_gone) == STILL_WAITING
    assert verdict(new, room, 600, worker_is_gone=worker_is_gone) == Ends(EndedReason.NEVER_PUBLISHED)


def test_a_worker_is_gone_when_it_was_missing_at_every_look_for_longer_than_a_restart_of_valkey_hides_it() -> None:
    missing = MissingWorkers()
    looks = [missing.look({"w"}, set(), START + timedelta(seconds=half / 2)) for half in range(5)]
    assert looks == [set(), set(), {"w"}, {"w"}, {"w"}]
    assert missing.look({"w"}, {"w"}, START + timedelta(seconds=2.5)) == set()
    assert missing.look({"w"}, set(), START + timedelta(seconds=3)) == set()


def test_looks_that_failed_or_lie_far_apart_do_not_add_up() -> None:
    missing = MissingWorkers()
    for second in (0, 0.9, 10, 10.9):
        assert missing.look({"w"}, set(), START + timedelta(seconds=second)) == set()
    missing.forget()
    assert missing.look({"w"}, set(), START + timedelta(seconds=11)) == set()
