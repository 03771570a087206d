"""The mixer and Valkey: its lease, the mixes it is to run, what their booths say, and what it says.

Nothing here stops a sound: while Valkey is away the mixes go on as they were last wanted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol, cast

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from media_server.outages import through_outages
from mixer.worker.outbox import Outbox

LEASE_MS: Final = 5000
_EACH_S: Final = 1.0
_LEAST_BETWEEN_S: Final = 0.05
_CALL_S: Final = 3.0
_LISTEN_S: Final = 1.0
_EVENTS_AT_ONCE: Final = 100
_EVENTS_KEPT: Final = 10_000
RESTART_GRACE_S: Final = 15.0
"""So long after Valkey was started again, and perhaps empty, no mix is ended for not being there."""

_log = structlog.get_logger(__name__)


class Mixes(Protocol):
    """What is told of Valkey: `mixes.Mixes`."""

    @property
    def stream_ids(self) -> tuple[str, ...]: ...

    def want(self, specs: Mapping[str, str], *, may_end: bool) -> None:
        """These mixes are to run. Without `may_end`, one that is not named goes on."""
        ...

    def receive(self, stream_id: str, text: str) -> None:
        """Something was said on a mix's `mix:in`."""
        ...


class ControlLink:
    """`run` until cancelled."""

    def __init__(self, valkey: Redis, mixer_id: str, mixes: Mixes, outbox: Outbox, describe: Callable[[], str]) -> None:
        self._valkey = valkey
        self._mixer_id = mixer_id
        self._mixes = mixes
        self._outbox = outbox
        self._describe = describe
        self._changed = asyncio.Event()
        self._poked = asyncio.Event()
        self._booths = asyncio.Event()
        self._run_id: str | None = None
        self._may_end_from = 0.0

    def mix_changed(self) -> None:
        """Something control_api wants to hear of at once."""
        self._changed.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for what, work in (
                ("lease", self._keep_lease),
                ("mixes", self._follow_wanted),
                ("booths", self._listen),
                ("words", self._say),
                ("events", self._write_events),
            ):
                tasks.create_task(through_outages(what, work))

    async def resign(self) -> None:
        """Give the lease up, so that nobody is sent here any more."""
        try:
            async with asyncio.timeout(1.0):
                await self._valkey.delete(self._lease_key)
                await self._valkey.publish("mixer:changed", self._mixer_id)
        except (RedisError, OSError, TimeoutError):
            # The lease lapses by itself in seconds.
            _log.info("lease not resigned, Valkey is away", mixer_id=self._mixer_id)

    @property
    def _lease_key(self) -> str:
        return f"mixer:worker:{self._mixer_id}"

    @property
    def _poke(self) -> str:
        return f"mixer:poke:{self._mixer_id}"

    async def _keep_lease(self) -> None:
        while True:
            changed = self._changed.is_set()
            self._changed.clear()
            async with self._valkey.pipeline(transaction=False) as pipe:
                pipe.sadd("mixer:workers", self._mixer_id)
                pipe.set(self._lease_key, self._describe(), px=LEASE_MS)
                if changed:
                    pipe.publish("mixer:changed", self._mixer_id)
                async with asyncio.timeout(_CALL_S):
                    await pipe.execute()
            await _soon(self._changed)

    async def _follow_wanted(self) -> None:
        while True:
            self._poked.clear()
            async with asyncio.timeout(_CALL_S):
                server = await self._valkey.info("server")
            now = asyncio.get_running_loop().time()
            if server.get("run_id") != self._run_id:
                # A server that was started again may have come up empty; control_api fills it again in a moment.
                if self._run_id is not None:
                    self._may_end_from = now + RESTART_GRACE_S
                self._run_id = server.get("run_id")
            async with asyncio.timeout(_CALL_S):
                wanted = await cast("Awaitable[dict[str, str]]", self._valkey.hgetall(f"mixer:mixes:{self._mixer_id}"))
            self._mixes.want(wanted, may_end=now >= self._may_end_from)
            self._booths.set()
            await _soon(self._poked)

    async def _listen(self) -> None:
        async with self._valkey.pubsub(ignore_subscribe_messages=True) as pubsub:
            async with asyncio.timeout(_CALL_S):
                await pubsub.subscribe(self._poke)
            following = asyncio.create_task(self._follow_booths(pubsub))
            try:
                while not following.done():
                    message = await pubsub.get_message(timeout=_LISTEN_S)
                    if message is not None:
                        self._hear(str(message["channel"]), str(message["data"]))
            finally:
                following.cancel()
                await asyncio.wait({following})
            following.result()

    def _hear(self, channel: str, text: str) -> None:
        if channel == self._poke:
            self._poked.set()
        else:
            self._mixes.receive(channel.removeprefix("mix:in:"), text)

    async def _follow_booths(self, pubsub: PubSub) -> None:
        """Be subscribed to the booths of all mixes."""
        subscribed: set[str] = set()
        while True:
            self._booths.clear()
            wanted = {f"mix:in:{stream_id}" for stream_id in self._mixes.stream_ids}
            async with asyncio.timeout(_CALL_S):
                if missing := wanted - subscribed:
                    await pubsub.subscribe(*missing)
                if left := subscribed - wanted:
                    await pubsub.unsubscribe(*left)
            subscribed = wanted
            await self._booths.wait()

    async def _say(self) -> None:
        while True:
            await self._outbox.has_words.wait()
            words = self._outbox.take_words()
            async with self._valkey.pipeline(transaction=False) as pipe:
                for channel, text in words:
                    pipe.publish(channel, text)
                async with asyncio.timeout(_CALL_S):
                    await pipe.execute()

    async def _write_events(self) -> None:
        while True:
            await self._outbox.has_events.wait()
            events = self._outbox.next_events(_EVENTS_AT_ONCE)
            # A transaction, so that what is written is so in order and not twice but for a lost answer.
            async with self._valkey.pipeline(transaction=True) as pipe:
                for event in events:
                    pipe.xadd("mixer:events", {"json": event}, maxlen=_EVENTS_KEPT, approximate=True)
                async with asyncio.timeout(_CALL_S):
                    await pipe.execute()
            self._outbox.written(events)


async def _soon(event: asyncio.Event) -> None:
    """A second later, or when `event` is set, but not at once."""
    await asyncio.sleep(_LEAST_BETWEEN_S)
    try:
        async with asyncio.timeout(_EACH_S - _LEAST_BETWEEN_S):
            await event.wait()
    except TimeoutError:
        return
