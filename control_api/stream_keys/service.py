"""A creator's stream keys: making, rotating and revoking them, and whose a key is."""

from datetime import timedelta

import structlog

from control_api.clock import Clock
from control_api.db.pool import Connection, Database
from control_api.db.turns import take_turn
from control_api.identity import UserId
from control_api.stream_keys import queries
from control_api.stream_keys.errors import (
    StreamKeyInvalid,
    StreamKeyNotFound,
    StreamKeyRevoked,
    TooManyStreamKeys,
)
from control_api.stream_keys.models import FORM, HINT_CHARS, KeyHolder, StreamKey, StreamKeyId, new_secret
from control_api.stream_keys.ports import Endings, KeyedStreams
from control_api.streams.models import Stream
from control_api.vault import Vault

MOST_KEYS = 5
# For so long it can be told from one that never was.
REVOKED_KEPT = timedelta(days=90)

log = structlog.get_logger(__name__)


class StreamKeyService:
    """A key is known by its hash, which is looked up: nothing is compared byte by byte whose time could be measured.

    Who lets an encoder in and who takes a key away have the creator's turn, so that no stream begins with a key that is
    gone.
    """

    def __init__(self, database: Database, vault: Vault, streams: KeyedStreams, endings: Endings, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._streams = streams
        self._endings = endings
        self._clock = clock

    async def all_of(self, creator_id: UserId) -> list[StreamKey]:
        """The oldest first, revoked ones too."""
        async with self._database.connection() as connection:
            return await queries.all_of(connection, creator_id)

    async def make(self, creator_id: UserId, label: str) -> tuple[StreamKey, str]:
        """The new key, and what it is: that is kept nowhere. Raises TooManyStreamKeys."""
        secret = new_secret()
        async with self._database.transaction() as connection:
            await take_turn(connection, creator_id)
            if await queries.count_good(connection, creator_id) >= MOST_KEYS:
                raise TooManyStreamKeys
            key = await queries.insert_key(
                connection, creator_id, label, self._vault.hash(secret), secret[-HINT_CHARS:], self._clock()
            )
        log.info("stream_key_made", key_id=str(key.id), user_id=str(creator_id))
        return key, secret

    async def rotate(self, creator_id: UserId, key_id: StreamKeyId) -> tuple[StreamKey, str]:
        """The same key with another secret; what an encoder sends with the old one ends. Raises StreamKeyNotFound."""
        secret = new_secret()
        async with self._database.transaction() as connection:
            await take_turn(connection, creator_id)
            key = await queries.rotate(
                connection, creator_id, key_id, self._vault.hash(secret), secret[-HINT_CHARS:], self._clock()
            )
            if key is None:
                raise StreamKeyNotFound
            ended = await self._streams.end_of_key(connection, key_id)
        log.info("stream_key_rotated", key_id=str(key_id), user_id=str(creator_id), streams_ended=len(ended))
        await self._tell(ended)
        return key, secret

    async def revoke(self, creator_id: UserId, key_id: StreamKeyId) -> StreamKey:
        """The key is good for nothing; what an encoder sends with it ends. Raises StreamKeyNotFound."""
        async with self._database.transaction() as connection:
            await take_turn(connection, creator_id)
            key = await queries.revoke(connection, creator_id, key_id, self._clock())
            if key is None:
                raise StreamKeyNotFound
            ended = await self._streams.end_of_key(connection, key_id)
        log.info("stream_key_revoked", key_id=str(key_id), user_id=str(creator_id), streams_ended=len(ended))
        await self._tell(ended)
        return key

    async def use(self, connection: Connection, secret: str) -> KeyHolder:
        """Whose key it is, in a transaction that has their turn from here on. Raises StreamKeyInvalid,
        StreamKeyRevoked."""
        if FORM.fullmatch(secret) is None:
            raise StreamKeyInvalid
        hashes = self._vault.hashes(secret)
        found = await queries.find_by_hash(connection, hashes)
        if found is None:
            raise StreamKeyInvalid
        await take_turn(connection, found[1].user_id)
        # Read again: it may have been taken away while the turn was another's.
        found = await queries.find_by_hash(connection, hashes)
        if found is None:
            raise StreamKeyInvalid
        key, holder = found
        if key.revoked_at is not None:
            raise StreamKeyRevoked
        await queries.set_used(connection, key.id, hashes[0], self._clock())
        return holder

    async def forget_revoked(self, limit: int) -> int:
        """Delete at most `limit` that were revoked more than REVOKED_KEPT ago, and return how many there were."""
        async with self._database.connection() as connection:
            return await queries.delete_revoked(connection, self._clock() - REVOKED_KEPT, limit)

    async def _tell(self, ended: list[tuple[Stream, bool]]) -> None:
        for stream, was_on_air in ended:
            await self._endings.tell(stream, was_on_air=was_on_air)
