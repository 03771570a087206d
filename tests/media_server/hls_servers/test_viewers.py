"""Viewers that were seen."""

from __future__ import annotations

from media_server.hls_servers.viewers import TOLD_EACH_S, SeenViewers


def test_viewers_are_told_of_at_once_and_then_now_and_then() -> None:
    seen = SeenViewers()
    seen.see("s", "a", now=0.0)
    seen.see("s", "a", now=0.1)
    assert seen.take(now=0.2) == [("s", "a")]
    seen.see("s", "a", now=1.0)
    seen.see("s", "b", now=1.0)
    assert seen.take(now=1.1) == [("s", "b")]
    seen.see("s", "a", now=TOLD_EACH_S)
    assert seen.take(now=TOLD_EACH_S) == [("s", "a")]
