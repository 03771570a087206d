"""What connections need of the rest of a worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from media_server.hub.hub import Hub
from media_server.sessions import encoder
from media_server.tokens import Action, MediaGrant


class Keys(Protocol):
    """Who knows whose stream key it is."""

    async def admit(self, key: str, *, protocol: encoder.Protocol, address: str) -> encoder.EncoderGrant:
        """What a key opens. Raises IngestRefused."""


class Door(Protocol):
    """Where encoders are let into rooms."""

    def admit(self, grant: encoder.EncoderGrant, *, close: Callable[[str], None]) -> encoder.EncoderSession:
        """A session; `close` is to end the connection. Raises Refused."""


class Room(Protocol):
    """A stream that may be played here."""

    @property
    def hub(self) -> Hub:
        """Its frames."""

    @property
    def can_be_played(self) -> bool:
        """Whether there are frames, or will be when they are taken."""

    def take_frames(self) -> Callable[[], None]:
        """Have frames in the hub until what is returned is called."""

    def is_dropped(self, viewer_id: str) -> bool:
        """Whether this viewer was told to go."""

    def seen_on_hls(self, viewer_id: str) -> None:
        """A viewer without a WebRTC session is watching."""


class Tokens(Protocol):
    """Who checks media tokens."""

    def verify(self, token: str, action: Action, /, *, stream_id: str) -> MediaGrant:
        """The grant in a token. Raises TokenError."""


FindRoom = Callable[[str], Room | None]
Bring = Callable[[str], Awaitable[None]]
"""Have a stream here that another worker has; returns when it is there, or is known to be nowhere."""
