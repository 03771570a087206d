"""Who was dropped stays out for as long as a token may live, in a table that is bounded."""

from __future__ import annotations

from media_server.sessions.dropped import MAX_DROPPED, MAX_DROPPED_ELSEWHERE, TOKEN_LIFE_S, Dropped, DroppedElsewhere


def test_a_dropped_viewer_is_refused_until_every_token_has_expired() -> None:
    dropped = Dropped()
    dropped.add("a", now=10.0)
    assert dropped.has_viewer("a", now=10.0)
    assert not dropped.has_viewer("b", now=10.0)
    assert dropped.has_viewer("a", now=9.0 + TOKEN_LIFE_S)
    assert not dropped.has_viewer("a", now=10.0 + TOKEN_LIFE_S)


def test_the_one_dropped_longest_ago_is_forgotten_first() -> None:
    dropped = Dropped()
    for n in range(MAX_DROPPED):
        dropped.add(str(n), now=0.0)
    dropped.add("0", now=1.0)
    dropped.add("new", now=1.0)
    assert dropped.has_viewer("0", now=2.0)
    assert dropped.has_viewer("new", now=2.0)
    assert not dropped.has_viewer("1", now=2.0)
    assert dropped.has_viewer("2", now=2.0)


def test_a_member_s_token_issued_after_the_drop_lets_in_again_and_a_viewer_s_does_not() -> None:
    dropped = Dropped()
    dropped.add("a", now=10.0)
    assert dropped.has_member("a", issued_at=9.0, now=20.0)
    assert not dropped.has_member("a", issued_at=15.0, now=20.0)
    assert dropped.has_viewer("a", now=20.0)


def test_what_is_learned_of_a_drop_is_news_once_and_bears_the_time_of_the_drop() -> None:
    dropped = Dropped()
    assert dropped.learn("a", at=10.0)
    assert not dropped.learn("a", at=10.0)
    assert not dropped.learn("a", at=9.0)
    assert dropped.count == 1
    assert dropped.has_member("a", issued_at=9.0, now=20.0)
    assert not dropped.has_member("a", issued_at=15.0, now=20.0)


def test_a_clock_that_is_ahead_makes_no_old_token_new() -> None:
    dropped = Dropped()
    dropped.add("a", now=10.0)
    assert dropped.has_member("a", issued_at=11.5, now=20.0)


def test_who_was_dropped_from_a_stream_elsewhere_is_known_when_it_comes_here() -> None:
    elsewhere = DroppedElsewhere()
    elsewhere.add("s", "a", now=10.0)
    elsewhere.add("s", "b", now=11.0)
    elsewhere.add("t", "c", now=11.0)
    dropped = elsewhere.take("s")
    assert dropped.subjects == ["a", "b"]
    assert (len(elsewhere), len(elsewhere.take("s"))) == (1, 0)
    # When it goes again, it takes along who was dropped here.
    dropped.add("d", now=12.0)
    elsewhere.keep("s", dropped)
    assert elsewhere.take("s").has_viewer("d", now=13.0)


def test_of_streams_elsewhere_a_bounded_number_of_people_is_remembered() -> None:
    elsewhere = DroppedElsewhere()
    for stream in range(7):
        for n in range(MAX_DROPPED):
            elsewhere.add(str(stream), str(n), now=0.0)
    assert len(elsewhere) <= MAX_DROPPED_ELSEWHERE
    assert len(elsewhere.take("0")) == 0
    assert len(elsewhere.take("6")) == MAX_DROPPED
