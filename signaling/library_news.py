"""Tells a DJ's own connections that a track of theirs has changed."""

import json
from typing import Final
from uuid import UUID

import structlog

from signaling.own_connections import OwnConnections

LIBRARY: Final = "library:"
LIBRARY_CHANGED: Final = "library:changed"

log = structlog.get_logger(__name__)


class LibraryNews:
    """Each node hears of every library, and tells those who are connected to it."""

    def __init__(self, connections: OwnConnections) -> None:
        self._connections = connections

    async def hear(self, channel: str, data: str) -> None:
        """What is said on a `library:{user_id}` channel."""
        try:
            user_id, news = UUID(channel.removeprefix(LIBRARY)), json.loads(data)
            payload = {"trackId": str(news["trackId"]), "status": str(news["status"])}
        except (ValueError, KeyError, TypeError):
            log.warning("library_news_unreadable", channel=channel)
            return
        await self._connections.tell(user_id, LIBRARY_CHANGED, payload)

    async def tell_all(self) -> None:
        """News may have been missed: everybody had better read again."""
        for user_id in self._connections.users():
            await self._connections.tell(user_id, LIBRARY_CHANGED, {"trackId": None, "status": None})
