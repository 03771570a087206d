"""The connections of this node by whose they are, for what is told to one user alone."""

from typing import Any
from uuid import UUID

from signaling.booths import Emit
from signaling.connections import Connection


class OwnConnections:
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

    def users(self) -> list[UUID]:
        """Who is connected to this node."""
        return list(self._of_user)

    async def tell(self, user_id: UUID, event: str, payload: dict[str, Any]) -> None:
        """On every connection of theirs whose token is still good."""
        for sid, connection in list(self._of_user.get(user_id, {}).items()):
            if connection.known_user() == user_id:
                await self._emit(sid, event, payload)
