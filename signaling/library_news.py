"""Tells a DJ's own connections that a track of theirs has changed."""

import json
from typing import Any, Final
from uuid import UUID

import structlog

from signaling.booths import Emit
from signaling.connections import Connection

LIBRARY: Final = "library:"
LIBRARY_CHANGED: Final = "library:changed"

log = structlog.get_logger(__name__)


class LibraryNews:
    """Each node hears of every library, and tells those who are connected to it."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._of_user: dict[UUID, dict[str, Connection]] = {}

    def add(self, sid: str, connection: Connection) -> None:
        """A connection whose token was good."""
        if (user_id := connection.known_user()) is not None:
            self._of_user.setdefault(user_id, {})[sid] = connection

    def forget(self, sid: str, connection: Connection) -> None:
        """It has ended."""
        user_id = connection.identity.user_id if connection.identity is not None else None
        if user_id is None or user_id not in self._of_user:
            return
        self._of_user[user_id].pop(sid, None)
        if not self._of_user[user_id]:
            del self._of_user[user_id]

    async def hear(self, channel: str, data: str) -> None:
        """What is said on a `library:{user_id}` channel."""
        try:
            user_id, news = UUID(channel.removeprefix(LIBRARY)), json.loads(data)
            payload = {"trackId": str(news["trackId"]), "status": str(news["status"])}
        except (ValueError, KeyError, TypeError):
            log.warning("library_news_unreadable", channel=channel)
            return
        await self._tell(user_id, payload)

    async def tell_all(self) -> None:
        """News may have been missed: everybody had better read again."""
        for user_id in list(self._of_user):
            await self._tell(user_id, {"trackId": None, "status": None})

    async def _tell(self, user_id: UUID, payload: dict[str, Any]) -> None:
        for sid, connection in list(self._of_user.get(user_id, {}).items()):
            if connection.known_user() == user_id:
                await self._emit(sid, LIBRARY_CHANGED, payload)
