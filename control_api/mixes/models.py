"""Mixes as PostgreSQL knows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from control_api.identity import StreamId, UserId
from control_api.media.ice_servers import IceServer
from control_api.streams.models import Stream

LoadPlace = tuple[Literal["deck", "pad"], int]
"""Where a track is put: decks and pads of the sampler are counted from 0."""


@dataclass(frozen=True, slots=True)
class Member:
    user_id: UserId
    username: str


@dataclass(frozen=True, slots=True)
class Mix:
    """`stream_id` is its id too. `members` are in the order they came; the lead is one of them."""

    stream_id: StreamId
    lead_id: UserId
    mixer_id: str
    deck_count: int
    revision: int
    feed_generation: int
    opened_at: datetime
    last_entered_at: datetime
    members: Sequence[Member]

    def has_member(self, user_id: UserId) -> bool:
        return any(member.user_id == user_id for member in self.members)


class MixState(StrEnum):
    """STARTING until the mixer says that it runs and can be heard, LOST while there is no word of the mixer, or it says
    that it could not begin the mix."""

    STARTING = "starting"
    RUNNING = "running"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Booth:
    """A mix, its stream, and how it does at its mixer."""

    mix: Mix
    stream: Stream
    state: MixState


@dataclass(frozen=True, slots=True)
class DeviceGrant:
    """One way of a device to the media worker."""

    worker_id: str
    url: str
    token: str
    expires_at: datetime
    ice_servers: tuple[IceServer, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    booth: Booth
    monitor: DeviceGrant
    talk: DeviceGrant
