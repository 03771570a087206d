"""Who was dropped stays out for as long as a token may live, in a table that is bounded."""

from __future__ import annotations

from media_server.sessions.dropped import MAX_DROPPED, TOKEN_LIFE_S, Dropped


def test_a_dropped_viewer_is_refused_until_every_token_has_expired() -> None:
    dropped = Dropped()
    dropped.add("a", now=10.0)
    assert dropped.has("a", issued_at=0.0, now=10.0)
    assert not dropped.has("b", issued_at=0.0, now=10.0)
    assert dropped.has("a", issued_at=0.0, now=9.0 + TOKEN_LIFE_S)
    assert not dropped.has("a", issued_at=0.0, now=10.0 + TOKEN_LIFE_S)


def test_the_one_dropped_longest_ago_is_forgotten_first() -> None:
    dropped = Dropped()
    for n in range(MAX_DROPPED):
        dropped.add(str(n), now=0.0)
    dropped.add("0", now=1.0)
    dropped.add("new", now=1.0)
    assert dropped.has("0", issued_at=0.0, now=2.0)
    assert dropped.has("new", issued_at=0.0, now=2.0)
    assert not dropped.has("1", issued_at=0.0, now=2.0)
    assert dropped.has("2", issued_at=0.0, now=2.0)


def test_a_token_issued_after_the_drop_lets_its_holder_in_again() -> None:
    dropped = Dropped()
    dropped.add("a", now=10.0)
    assert dropped.has("a", issued_at=10.0, now=11.0)
    assert not dropped.has("a", issued_at=10.1, now=11.0)
