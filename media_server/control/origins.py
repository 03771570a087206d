"""Which streams have their publishers here, told in Valkey so that others find them (`media:origin:{stream_id}`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, cast

from redis.asyncio import Redis

from media_server.router.room_state import RoomPhase
from media_server.sessions.live_room import LiveRoom

# The generation is the fence: what a worker says of an older one than is known is not taken, nor of the same one when
# another worker has it. Answers, for each stream, whether this worker's word was taken.
_CLAIM: Final = """
local taken = {}
for place, key in ipairs(KEYS) do
  local fence = tonumber(ARGV[3 + place])
  local known = redis.call('HMGET', key, 'worker_id', 'fence')
  local theirs = tonumber(known[2])
  if theirs and known[1] ~= ARGV[1] and theirs >= fence then
    taken[place] = 0
  else
    redis.call('HSET', key, 'worker_id', ARGV[1], 'internal_url', ARGV[2], 'generation', fence, 'fence', fence)
    redis.call('PEXPIRE', key, ARGV[3])
    taken[place] = 1
  end
end
return taken
"""
_LET_GO: Final = """
for _, key in ipairs(KEYS) do
  if redis.call('HGET', key, 'worker_id') == ARGV[1] then redis.call('DEL', key) end
end
"""


class OriginClaims:
    """Says it again with each lease. Whoever calls bounds the time."""

    def __init__(self, valkey: Redis, worker_id: str, *, internal_url: str, lease_ms: int) -> None:
        self._valkey = valkey
        self._worker_id = worker_id
        self._internal_url = internal_url
        self._lease_ms = lease_ms
        self._claimed: set[str] = set()

    async def write(self, rooms: Iterable[LiveRoom]) -> list[LiveRoom]:
        """Claim those of `rooms` that have a publisher, and let go of what is over.

        Returns those that went on at another worker, with a newer publisher.
        """
        here = {room.stream_id: room for room in rooms if _is_origin(room)}
        await self._let_go(self._claimed - here.keys())
        self._claimed &= here.keys()
        if not here:
            return []
        keys = [_key(stream_id) for stream_id in here]
        fences = [str(room.room.state.generation) for room in here.values()]
        arguments = [*keys, self._worker_id, self._internal_url, str(self._lease_ms), *fences]
        taken = await cast("Any", self._valkey.eval(_CLAIM, len(keys), *arguments))
        lost = [room for room, is_taken in zip(here.values(), taken, strict=True) if not is_taken]
        self._claimed = here.keys() - {room.stream_id for room in lost}
        return lost

    async def resign(self) -> None:
        """Let go of all."""
        await self._let_go(self._claimed)
        self._claimed = set()

    async def _let_go(self, stream_ids: Iterable[str]) -> None:
        keys = [_key(stream_id) for stream_id in stream_ids]
        if keys:
            await cast("Any", self._valkey.eval(_LET_GO, len(keys), *keys, self._worker_id))


def _is_origin(room: LiveRoom) -> bool:
    state = room.room.state
    return room.role == "origin" and state.phase in (RoomPhase.LIVE, RoomPhase.INTERRUPTED) and state.generation > 0


def _key(stream_id: str) -> str:
    return f"media:origin:{stream_id}"
