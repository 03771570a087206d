"""What the specs of streams are made of."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from control_api.db.pool import Connection
from control_api.identity import StreamId, UserId
from control_api.replays.models import RecordingWish
from control_api.streams.models import Stream
from control_api.targets.models import TargetForWorker


class OpenStreams(Protocol):
    async def all_open(self, connection: Connection) -> list[Stream]:
        """What is in a booth or live."""


class Recordings(Protocol):
    async def begin_wanted(self) -> None:
        """Begin a recording of each live stream that is to have one and has none."""

    async def wanted(self, stream_ids: list[StreamId]) -> Mapping[StreamId, RecordingWish]:
        """The recordings that are wanted of these streams and are not over."""


class Targets(Protocol):
    async def for_workers(self, creator_ids: Collection[UserId]) -> Mapping[UserId, Sequence[TargetForWorker]]:
        """The targets of these creators that are switched on."""


class Chore(Protocol):
    async def __call__(self) -> None:
        """Something that a round does beside the specs. Raises ServiceUnavailable."""
