"""The client of Valkey, bounded in connections."""

from __future__ import annotations

from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis

MAX_CONNECTIONS: Final = 32
"""As many as are needed at once are made, and kept; who needs one more waits."""
_CONNECT_S: Final = 2.0


def open_valkey(url: str) -> Redis:
    """Connects when it is first used; to be closed by its `aclose`. Whoever calls bounds the calls."""
    # No socket_timeout: redis-py keeps it by asyncio.wait_for, which in Python 3.11 loses cancellations (gh-86296), and
    # the worker would not end.
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MAX_CONNECTIONS,
        timeout=None,
        decode_responses=True,
        socket_connect_timeout=_CONNECT_S,
        socket_timeout=None,
    )
    return Redis.from_pool(pool)
