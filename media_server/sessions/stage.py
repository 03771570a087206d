"""What an intake sees of its room."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from media_server.egress.hls.egress import HlsEgress
from media_server.hub.hub import Hub
from media_server.router.producer import Kind
from media_server.router.room import Room
from media_server.sessions.encoder import EncoderSession
from media_server.sessions.feed import FeedSession
from media_server.sessions.later_source import LaterRtpSource
from media_server.sessions.publisher import PublisherSession
from media_server.sessions.pull import Pull

Feeding = PublisherSession | FeedSession | EncoderSession | Pull
"""Who feeds a room."""


class Clock(Protocol):
    """Monotonic seconds, and the Unix time at which they were zero."""

    unix_at_zero: float

    def __call__(self) -> float: ...


class Stage(Protocol):
    """A room as who feeds it sees it."""

    stream_id: str
    room: Room
    hub: Hub
    rtp_source: LaterRtpSource
    hls: HlsEgress
    clock: Clock

    @property
    def is_watched(self) -> bool:
        """Whether anybody is sent it over WebRTC, or is about to be."""

    def received(self) -> None:
        """Packets wait in producers, to be forwarded when the socket is drained."""

    def forward(self) -> None:
        """Forward what is in producers now: it came from elsewhere than the socket."""

    def note_phase(self) -> None:
        """The room's state was told something."""

    def renegotiate(self) -> None:
        """Viewers cannot go on with what they negotiated."""

    def request_keyframe(self) -> None:
        """Somebody needs a key frame."""

    def changed(self) -> None:
        """Something that the control plane wants to hear of."""

    def forget(self, session: Feeding) -> None:
        """`session` is over."""


class Intake(Protocol):
    """Where a room's media comes from."""

    @property
    def ingest(self) -> str:
        """By which way: `whip`, `mix`, or an encoder's protocol."""

    @property
    def watched(self) -> Collection[str]:
        """The derived tracks that viewers over WebRTC are sent, or would be if they were made."""

    @property
    def codecs(self) -> Mapping[Kind, str]:
        """What there is at present to be seen and heard."""

    @property
    def sessions(self) -> Sequence[Feeding]:
        """Who feeds the room, and who is on the way."""

    @property
    def is_connected(self) -> bool:
        """Whether who feeds the room is there, by a connection of its own, though it may be silent."""

    def is_abandoned(self, now: float) -> bool:
        """Whether nobody is here to make something of a room that has not begun."""

    def poll(self, now: float) -> None:
        """Timers; called every few milliseconds."""
