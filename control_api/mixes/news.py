"""What running mixes, and whoever looks at them, have to hear of at once.

Hints: what is lost of them is said again by the keeper's rounds, and by who asks.
"""

import asyncio
import json
from typing import Any
from uuid import uuid4

import structlog
from redis.asyncio import Redis

from control_api.db.pool import Database
from control_api.errors import ServiceUnavailable
from control_api.identity import StreamId, UserId
from control_api.mixes import queries
from control_api.tracks.models import PlayableTrack
from control_api.valkey import valkey_outages

log = structlog.get_logger(__name__)


class MixNews:
    """Implements `tracks.ports.TrackListener` and `play_queue.ports.QueueListener`. Nothing of it fails: what it tells
    of is committed already.

    `wanted` is set when the keeper of this process should not wait for its next round.
    """

    def __init__(self, database: Database, valkey: Redis) -> None:
        self.wanted = asyncio.Event()
        self._database = database
        self._valkey = valkey

    async def mix_changed(self, stream_id: StreamId) -> None:
        """Who is in the mix, who leads it or whether it is open is not what it was."""
        self.wanted.set()
        await self._publish(f"mix:out:{stream_id}", {"kind": "changed"})

    async def queue_changed(self, dj_id: UserId) -> None:
        self.wanted.set()

    async def track_edited(self, dj_id: UserId, track: PlayableTrack) -> None:
        """Mixes that have the track loaded take its grid, cues and words anew."""
        try:
            async with self._database.connection() as connection:
                stream_ids = await queries.all_open_of(connection, dj_id)
        except ServiceUnavailable:
            log.warning("reload_lost", track_id=str(track.track_id))
            return
        for stream_id in stream_ids:
            await self._publish(f"mix:in:{stream_id}", {"request": str(uuid4()), "reload": track.to_json()})

    async def _publish(self, channel: str, message: dict[str, Any]) -> None:
        try:
            with valkey_outages():
                await self._valkey.publish(channel, json.dumps(message))
        except ServiceUnavailable:
            log.warning("mix_news_lost", channel=channel)
