"""Who was dropped stays out for as long as a token may live, in a table that is bounded."""

from __future__ import annotations

from media_server.sessions.dropped import MAX_DROPPED, WATCH_TOKEN_LIFE_S, DroppedViewers


def test_a_dropped_viewer_is_refused_until_every_token_has_expired() -> None:
    dropped = DroppedViewers()
    dropped.add("a", now=10.0)
    assert dropped.has("a", now=10.0)
    assert not dropped.has("b", now=10.0)
    assert dropped.has("a", now=9.0 + WATCH_TOKEN_LIFE_S)
    assert not dropped.has("a", now=10.0 + WATCH_TOKEN_LIFE_S)


def test_the_one_dropped_longest_ago_is_forgotten_first() -> None:
    dropped = DroppedViewers()
    for n in range(MAX_DROPPED):
        dropped.add(str(n), now=0.0)
    dropped.add("0", now=1.0)
    dropped.add("new", now=1.0)
    assert dropped.has("0", now=2.0)
    assert dropped.has("new", now=2.0)
    assert not dropped.has("1", now=2.0)
    assert dropped.has("2", now=2.0)
