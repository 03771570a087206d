"""The client of Valkey: bounded in connections and time, with outages said as ServiceUnavailable."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ValkeyConnectionError
from redis.exceptions import ReadOnlyError
from redis.exceptions import TimeoutError as ValkeyTimeoutError

from control_api.errors import ServiceUnavailable

MAX_CONNECTIONS = 32


def create_valkey(url: str, *, timeout_s: float) -> Redis:
    """A client that connects when it is first used.

    At most MAX_CONNECTIONS at once; a caller waits `timeout_s` for one. One immediate retry replaces a connection
    that died with the server, and no more: during an outage a request must fail fast.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MAX_CONNECTIONS,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 1),
        decode_responses=True,
    )
    return Redis.from_pool(pool)


@contextmanager
def valkey_outages() -> Iterator[None]:
    """Raises ServiceUnavailable for what redis-py raises when the server is away, loading or a replica."""
    try:
        yield
    except (ValkeyConnectionError, ValkeyTimeoutError, ReadOnlyError, OSError) as error:
        raise ServiceUnavailable("valkey") from error
