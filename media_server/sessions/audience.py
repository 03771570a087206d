"""Who is sent what a room has: viewers, other workers, and the DJs of a mix who hear its cue bus and are no viewers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Final

from media_server.sessions.dropped import Dropped
from media_server.sessions.presence import HlsPresence
from media_server.sessions.relaying import RelaySession
from media_server.sessions.viewer import ViewerSession

MAX_SESSIONS_PER_VIEWER: Final = 3
"""A viewer who reconnects may hold an old session for a few seconds; more is somebody sharing a token."""
MAX_SESSIONS_PER_MEMBER: Final = 8
"""A member of a mix has a session on each device, and an old one for a few seconds."""


class Audience:
    """The sessions of one room, and who may not come back."""

    def __init__(self, dropped: Dropped) -> None:
        """`dropped`: who was told to go before there was this room."""
        self.viewers: dict[str, ViewerSession] = {}
        self.monitors: dict[str, ViewerSession] = {}
        self.relays: dict[str, RelaySession] = {}
        self._hls = HlsPresence()
        self.dropped = dropped

    @property
    def sessions(self) -> list[ViewerSession]:
        """All of them."""
        return [*self.viewers.values(), *self.monitors.values()]

    @property
    def everybody(self) -> list[ViewerSession | RelaySession]:
        """All of them, and the workers that pull the stream for viewers of their own."""
        return [*self.sessions, *self.relays.values()]

    @property
    def is_empty(self) -> bool:
        """Whether nobody is sent anything over RTP."""
        return not (self.viewers or self.monitors or self.relays)

    def add(self, session: ViewerSession) -> None:
        """One whose offer was answered."""
        if session.action == "monitor":
            _add(self.monitors, session, limit=MAX_SESSIONS_PER_MEMBER)
        else:
            _add(self.viewers, session, limit=MAX_SESSIONS_PER_VIEWER)

    def remove(self, session: ViewerSession) -> None:
        """One that is over."""
        self.viewers.pop(session.session_id, None)
        self.monitors.pop(session.session_id, None)

    def seen_on_hls(self, viewer_id: str, *, now: float) -> bool:
        """A viewer's player asked for a playlist or media. Whether the viewer is new there."""
        return self._hls.seen(viewer_id, now=now)

    def present(self, *, now: float) -> set[str]:
        """The ids of all who watch, by WebRTC or HLS."""
        webrtc = {session.viewer_id for session in self.viewers.values() if session.is_watching}
        return webrtc | self._hls.present(now=now)

    def drop(self, subject: str, *, now: float) -> None:
        """Disconnect a viewer or a member on every path, and let nobody in by a token that is out already."""
        self.dropped.add(subject, now=now)
        self._hls.forget(subject)
        _close(self.sessions, {subject})

    def learn_dropped(self, dropped: Mapping[str, float]) -> None:
        """Who was told to go, and when, of which this worker did not hear. A member may have been let in since."""
        news = {subject for subject, at in dropped.items() if self.dropped.learn(subject, at=at)}
        for subject in news:
            self._hls.forget(subject)
        _close(self.viewers.values(), news)

    def is_dropped(self, viewer_id: str, *, now: float) -> bool:
        """Whether this viewer was told to go."""
        return self.dropped.has_viewer(viewer_id, now=now)

    def is_removed(self, user_id: str, *, issued_at: float, now: float) -> bool:
        """Whether this member was told to go after a token was issued at `issued_at`."""
        return self.dropped.has_member(user_id, issued_at=issued_at, now=now)

    def close_viewers(self, reason: str) -> None:
        """Viewers have to negotiate again, and other workers to pull anew; monitors stay."""
        leaving: list[ViewerSession | RelaySession] = [*self.viewers.values(), *self.relays.values()]
        for session in leaving:
            session.close(reason)


def _close(sessions: Iterable[ViewerSession], subjects: Set[str]) -> None:
    for session in [session for session in sessions if session.viewer_id in subjects]:
        session.close("dropped")


def _add(sessions: dict[str, ViewerSession], session: ViewerSession, *, limit: int) -> None:
    same = [known for known in sessions.values() if known.viewer_id == session.viewer_id]
    for oldest in same[: max(0, len(same) + 1 - limit)]:
        oldest.close("replaced by a newer session of the same person")
    sessions[session.session_id] = session
