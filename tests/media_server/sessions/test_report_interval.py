"""How often viewers are told what time it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from media_server.congestion.reading import plain_readers
from media_server.sdp.shapes import Codec, SentTrack
from media_server.sessions.viewer import ViewerHooks, ViewerSession
from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpSession

OPUS = Codec("opus", 111, 48_000, 2)
VP8 = Codec("VP8", 96, 90_000)


class Timers:
    """A loop whose timers go off when a test says so."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self._call: Callable[[], None] | None = None

    def call_later(self, delay_s: float, call: Callable[[], None]) -> SimpleNamespace:
        self.delays.append(delay_s)
        self._call = call
        return SimpleNamespace(cancel=lambda: None)

    def go_off(self) -> None:
        assert self._call is not None
        self._call()


def session_of(action: Literal["watch", "monitor"], *kinds: Any) -> ViewerSession:
    codecs = {"audio": OPUS, "video": VP8}
    session = ViewerSession(
        "id",
        action=action,
        viewer_id="viewer",
        token_id="token",
        tracks_of_room={},
        tracks=tuple(SentTrack(kind, kind, codecs[kind], n, None) for n, kind in enumerate(kinds, 1)),
        cname="cname",
        fan_out=SimpleNamespace(forward=lambda legs, packets: None),
        make_reader=plain_readers(),
        clock=lambda: 0.0,
        hooks=ViewerHooks(started=lambda _: None, closed=lambda _: None),
    )
    session.transport = SimpleNamespace(send_rtcp=lambda packet: None)  # type: ignore[assignment]
    return session


@pytest.mark.parametrize(
    ("action", "kinds", "every_s"),
    [("watch", ("audio", "video"), 1.0), ("watch", ("audio",), 5.0), ("monitor", ("audio",), 1.0)],
    ids=["picture and sound", "sound", "cue"],
)
async def test_reports_come_more_often_where_a_picture_or_a_clock_is_kept_by_them(
    action: Literal["watch", "monitor"], kinds: tuple[str, ...], every_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, timers = session_of(action, *kinds), Timers()
    keys = SrtpKeys.from_exported(PROFILES[0], bytes(56), is_client=False)
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: timers)
    session.on_connected(SrtpSession(keys), ("127.0.0.1", 9))
    for _ in range(30):
        timers.go_off()
    monkeypatch.undo()
    # At first often, until there is something to report on.
    assert timers.delays[0] < 0.1
    assert all(0.8 * every_s <= delay_s <= 1.2 * every_s for delay_s in timers.delays[-5:])
