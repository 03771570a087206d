"""A DJ's crates."""

from control_api.clock import Clock
from control_api.crates import queries
from control_api.crates.errors import CrateNameTaken, CrateNotFound, TooManyCrates
from control_api.crates.models import Crate, CrateId
from control_api.db.pool import Connection, Database
from control_api.db.turns import take_turn
from control_api.identity import UserId
from control_api.tracks.models import TrackId
from control_api.tracks.service import TracksService

MAX_CRATES = 500


class CrateService:
    """Every method sees the crates of one DJ alone; others' are CrateNotFound."""

    def __init__(self, database: Database, tracks: TracksService, clock: Clock) -> None:
        self._database = database
        self._tracks = tracks
        self._clock = clock

    async def all(self, dj_id: UserId) -> list[Crate]:
        """By name."""
        async with self._database.connection() as connection:
            return await queries.all_crates(connection, dj_id)

    async def create(self, dj_id: UserId, name: str) -> Crate:
        """Raises CrateNameTaken, TooManyCrates."""
        async with self._database.transaction() as connection:
            await take_turn(connection, dj_id)
            if await queries.named.count(connection, dj_id) >= MAX_CRATES:
                raise TooManyCrates
            crate_id = await queries.named.insert(connection, dj_id, name, self._clock())
            if crate_id is None:
                raise CrateNameTaken
            return await self._get(connection, dj_id, CrateId(crate_id))

    async def rename(self, dj_id: UserId, crate_id: CrateId, name: str) -> Crate:
        """Raises CrateNotFound, CrateNameTaken."""
        async with self._database.transaction() as connection:
            await self._lock(connection, dj_id, crate_id)
            if not await queries.named.rename(connection, crate_id, name):
                raise CrateNameTaken
            return await self._get(connection, dj_id, crate_id)

    async def delete(self, dj_id: UserId, crate_id: CrateId) -> None:
        """The tracks stay in the library. Raises CrateNotFound."""
        async with self._database.connection() as connection:
            if not await queries.named.delete(connection, dj_id, crate_id):
                raise CrateNotFound

    async def put_track(self, dj_id: UserId, crate_id: CrateId, track_id: TrackId) -> Crate:
        """The crate with the track in it. Raises CrateNotFound, TrackNotFound."""
        async with self._database.transaction() as connection:
            await self._lock(connection, dj_id, crate_id)
            await self._tracks.require(connection, dj_id, [track_id])
            await queries.insert_track(connection, crate_id, track_id, self._clock())
            return await self._get(connection, dj_id, crate_id)

    async def take_track(self, dj_id: UserId, crate_id: CrateId, track_id: TrackId) -> Crate:
        """The crate without the track, which need not have been in it. Raises CrateNotFound."""
        async with self._database.transaction() as connection:
            await self._lock(connection, dj_id, crate_id)
            await queries.delete_track(connection, crate_id, track_id)
            return await self._get(connection, dj_id, crate_id)

    async def _lock(self, connection: Connection, dj_id: UserId, crate_id: CrateId) -> None:
        if not await queries.named.lock(connection, dj_id, crate_id):
            raise CrateNotFound

    async def _get(self, connection: Connection, dj_id: UserId, crate_id: CrateId) -> Crate:
        crate = await queries.find_crate(connection, dj_id, crate_id)
        if crate is None:
            raise CrateNotFound
        return crate
