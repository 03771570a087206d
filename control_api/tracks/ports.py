"""What the library asks of other parts."""

from collections.abc import Mapping
from typing import Any, Protocol

from control_api.db.pool import Connection
from control_api.identity import UserId
from control_api.tracks.models import PlayableTrack


class JobQueue(Protocol):
    async def put(self, connection: Connection, kind: str, payload: Mapping[str, Any]) -> None:
        """Have a job of that kind done once the transaction of `connection` is committed."""

    async def is_waiting(self, connection: Connection, kind: str, payload: Mapping[str, Any]) -> bool:
        """Whether the very same job is there already."""


class TrackListener(Protocol):
    """Told of what running mixes should know. A hint: a mix that misses it has the track as it was when loaded."""

    async def track_edited(self, dj_id: UserId, track: PlayableTrack) -> None:
        """The grid, the cues or the words of a track that may be loaded somewhere are now as `track` says."""


class NobodyPlays:
    """The listener of a process without mixes."""

    async def track_edited(self, dj_id: UserId, track: PlayableTrack) -> None:
        return None


class PictureMaker(Protocol):
    async def draw(self, picture: bytes) -> bytes:
        """A JPEG made of the pixels of a picture that nobody trusts. Raises PictureUnreadable."""
