"""Channels of Valkey that this node listens to: some always, some while somebody here wants them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from signaling.ports import StateUnavailableError

RETRY_S: Final = 0.5
LISTEN_S: Final = 1.0
CANCEL_S: Final = 0.2

log = structlog.get_logger(__name__)


class Channels:
    """`on_message` is called with channel and data, one message after the other; `on_gap` whenever some may have been
    missed, and when listening begins."""

    def __init__(
        self,
        redis_url: str,
        *,
        patterns: Sequence[str],
        on_message: Callable[[str, str], Awaitable[None]],
        on_gap: Callable[[], Awaitable[None]],
    ) -> None:
        self._redis: Redis = Redis.from_url(
            redis_url,
            socket_connect_timeout=1.0,
            socket_timeout=2.0,
            # One silent reconnect at most: what it may have missed shows as a second confirmation in `_listen`.
            retry=Retry(NoBackoff(), 1),
            decode_responses=True,
        )
        self._patterns = tuple(patterns)
        self._on_message = on_message
        self._on_gap = on_gap
        self._wanted: set[str] = set()
        self._pubsub: PubSub | None = None
        self._listener: asyncio.Task[None] | None = None

    @property
    def is_listening(self) -> bool:
        return self._pubsub is not None

    def start(self) -> None:
        self._listener = asyncio.create_task(self._keep_listening())

    async def close(self) -> None:
        """Stops listening and closes every connection."""
        while self._listener is not None and not self._listener.done():
            # Asked again, because a cancellation that meets redis-py while it connects can get lost in its time-out.
            self._listener.cancel()
            await asyncio.wait({self._listener}, timeout=CANCEL_S)
        await self._redis.aclose()

    async def want(self, channel: str) -> None:
        """Listen to the channel, from now on or as soon as Valkey can be reached."""
        self._wanted.add(channel)
        if self._pubsub is not None:
            # A connection that has just been lost is noticed, and made anew, by the listener.
            with suppress(RedisError, OSError):
                await self._pubsub.subscribe(channel)

    async def let_go(self, channel: str) -> None:
        """Listen to it no longer."""
        self._wanted.discard(channel)
        if self._pubsub is not None:
            with suppress(RedisError, OSError):
                await self._pubsub.unsubscribe(channel)
                if channel in self._wanted:
                    # Wanted again while this was under way.
                    await self._pubsub.subscribe(channel)

    async def publish(self, channel: str, text: str) -> int:
        """How many listen to the channel and were told. Raises StateUnavailableError."""
        try:
            return int(await self._redis.publish(channel, text))
        except (RedisError, OSError) as error:
            raise StateUnavailableError from error

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                log.warning("signaling_channels_lost", error=str(error))
            except Exception:
                # What fails for a reason of ours must not be the last that is heard.
                log.exception("signaling_channels_failed")
            finally:
                self._pubsub = None
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        async with self._redis.pubsub() as pubsub:
            await pubsub.psubscribe(*self._patterns)
            while True:
                message = await pubsub.get_message(timeout=LISTEN_S)
                if message is None:
                    continue
                if message["type"] == "psubscribe":
                    if message["channel"] != self._patterns[-1]:
                        continue
                    self._pubsub = pubsub
                    if self._wanted:
                        await pubsub.subscribe(*self._wanted)
                    await self._on_gap()
                elif message["type"] in ("message", "pmessage"):
                    await self._on_message(message["channel"], message["data"])
