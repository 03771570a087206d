"""However many ask, the source is asked once an interval."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from media_server.router.keyframe_requests import (
    MAX_UNANSWERED,
    QUIET_AFTER_KEYFRAME_S,
    RETRY_AFTER_S,
    KeyframeRequests,
)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=300))
def test_two_requests_are_never_closer_than_the_interval(asked_at: list[float]) -> None:
    requests = KeyframeRequests()
    sent = []
    for now in sorted(asked_at):
        requests.request(now=now)
        if requests.due(now=now):
            sent.append(now)
    assert sent
    assert all(b - a >= min(RETRY_AFTER_S) for a, b in itertools.pairwise(sent))


def test_a_thousand_viewers_are_one_request() -> None:
    requests = KeyframeRequests()
    for _ in range(1000):
        requests.request(now=1.0)
    assert [requests.due(now=1.0 + n / 100) for n in range(40)] == [True] + [False] * 39


def test_a_source_that_does_not_answer_is_asked_again_and_then_left_alone() -> None:
    requests = KeyframeRequests()
    requests.request(now=0.0)
    sent = [n / 100 for n in range(3000) if requests.due(now=n / 100)]
    assert len(sent) == MAX_UNANSWERED
    assert sent[:4] == [0.0, 0.5, 1.5, 2.5]
    requests.request(now=40.0)
    assert requests.due(now=40.0)


def test_a_key_frame_answers_everyone_who_asked_and_who_asks_right_after() -> None:
    requests = KeyframeRequests()
    requests.request(now=0.0)
    assert requests.due(now=0.0)
    requests.keyframe_seen(now=0.1)
    assert not requests.due(now=5.0)
    assert not requests.request(now=0.1 + QUIET_AFTER_KEYFRAME_S / 2)
    assert not requests.due(now=1.0)
    assert requests.request(now=0.1 + QUIET_AFTER_KEYFRAME_S * 1.1)
    assert requests.due(now=1.0)


def test_nobody_asked_nobody_is_asked() -> None:
    assert not KeyframeRequests().due(now=100.0)
