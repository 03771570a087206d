"""Tells a DJ's own browsers that a track of theirs has changed its state."""

import json
from uuid import UUID

import structlog
from redis.asyncio import Redis

from control_api.errors import ServiceUnavailable
from control_api.identity import UserId
from control_api.valkey import valkey_outages

log = structlog.get_logger(__name__)


class LibraryNews:
    """Publishes on `library:{user_id}`, from whatever process. A hint: what is true is in PostgreSQL, and one that is
    lost is not repeated."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey

    async def track_changed(self, dj_id: UserId, track_id: UUID, status: str) -> None:
        """The track of that DJ has this status now. Never fails: call it after the change is committed."""
        try:
            with valkey_outages():
                await self._valkey.publish(f"library:{dj_id}", json.dumps({"trackId": str(track_id), "status": status}))
        except ServiceUnavailable:
            log.warning("library_news_lost", track_id=str(track_id))
