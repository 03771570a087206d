"""Who is watching a stream at this moment, as the workers record it."""

from typing import cast
from uuid import UUID

from redis.asyncio import Redis

from control_api.clock import Clock
from control_api.identity import StreamId, ViewerId
from control_api.valkey import valkey_outages


class Audience:
    """Reads `media:viewers:{stream_id}`, whose scores say until when an entry counts."""

    def __init__(self, valkey: Redis, clock: Clock) -> None:
        self._valkey = valkey
        self._clock = clock

    async def viewers(self, stream_id: StreamId) -> list[ViewerId]:
        """Raises ServiceUnavailable."""
        with valkey_outages():
            members = await self._valkey.zrangebyscore(
                f"media:viewers:{stream_id}", f"({self._clock().timestamp()}", "+inf"
            )
        return [ViewerId(UUID(member)) for member in cast("list[str]", members)]
