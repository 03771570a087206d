"""Tells a creator's own connections how their stream arrives."""

import json
from typing import Any, Final
from uuid import UUID

import structlog

from signaling.own_connections import OwnConnections

CREATOR: Final = "creator:"
STREAM_HEALTH: Final = "stream:health"
MAX_CHARS: Final = 64 * 1024

log = structlog.get_logger(__name__)


class CreatorNews:
    """Each node hears of every creator, and tells those who are connected to it. What is missed is said again with the
    next change, and by who asks."""

    def __init__(self, connections: OwnConnections) -> None:
        self._connections = connections

    async def hear(self, channel: str, data: str) -> None:
        """What is said on a `creator:{user_id}` channel."""
        try:
            user_id, payload = UUID(channel.removeprefix(CREATOR)), _health(data)
        except (ValueError, KeyError, TypeError):
            log.warning("creator_news_unreadable", channel=channel)
            return
        await self._connections.tell(user_id, STREAM_HEALTH, payload)


def _health(data: str) -> dict[str, Any]:
    """Raises ValueError, KeyError or TypeError for what is none."""
    if len(data) > MAX_CHARS:
        raise ValueError("too long")
    news = json.loads(data)
    payload = news["data"]
    if news["event"] != STREAM_HEALTH or not isinstance(payload, dict):
        raise ValueError("no health of a stream")
    UUID(payload["streamId"])
    return payload
