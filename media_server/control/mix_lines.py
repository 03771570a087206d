"""Takes messages between the booths' data channels and the mixers, over Valkey's channels."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import structlog
from redis.asyncio import Redis

from media_server.outages import through_outages
from media_server.sessions.booth_line import BoothLine

_MAX_WAITING: Final = 1_000
"""Messages on their way up; the newest is dropped when there are more. The device sends it again."""
_LISTEN_S: Final = 0.05
"""How long a reading may last before streams that came meanwhile are listened to as well."""
_CALL_S: Final = 3.0
_FOR_DEVICES: Final = frozenset({"desk", "moment", "pong", "refused"})

_log = structlog.get_logger(__name__)


class ValkeyMixLines:
    """See `MixLines`. `run` until cancelled."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey
        self._lines: dict[str, set[BoothLine]] = {}
        self._somebody = asyncio.Event()
        self._asked: asyncio.Queue[tuple[str, str]] = asyncio.Queue(_MAX_WAITING)

    def opened(self, line: BoothLine) -> None:
        """See `MixLines`."""
        self._lines.setdefault(line.stream_id, set()).add(line)
        self._somebody.set()

    def closed(self, line: BoothLine) -> None:
        """See `MixLines`."""
        lines = self._lines.get(line.stream_id)
        if lines is None:
            return
        lines.discard(line)
        if not lines:
            del self._lines[line.stream_id]
        if not self._lines:
            self._somebody.clear()

    def ask(self, stream_id: str, message: dict[str, Any]) -> None:
        """See `MixLines`."""
        if not self._asked.full():
            self._asked.put_nowait((f"mix:in:{stream_id}", json.dumps(message)))

    async def run(self) -> None:
        """Publish and listen."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(through_outages("what booths ask", self._publish))
            tasks.create_task(through_outages("what mixes say", self._listen))

    async def _publish(self) -> None:
        while True:
            channel, text = await self._asked.get()
            async with asyncio.timeout(_CALL_S):
                await self._valkey.publish(channel, text)

    async def _listen(self) -> None:
        while True:
            await self._somebody.wait()
            async with self._valkey.pubsub() as pubsub:
                while self._lines:
                    wanted = {f"mix:out:{stream_id}" for stream_id in self._lines}
                    listening = {_text(channel) for channel in pubsub.channels}
                    if wanted - listening:
                        await pubsub.subscribe(*sorted(wanted - listening))
                    if listening - wanted:
                        await pubsub.unsubscribe(*sorted(listening - wanted))
                    message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=_LISTEN_S)
                    if message is not None:
                        self._tell(_text(message["channel"]).removeprefix("mix:out:"), message["data"])

    def _tell(self, stream_id: str, text: str) -> None:
        try:
            kind = json.loads(text)["kind"]
        except (KeyError, TypeError, ValueError):
            _log.warning("a mix says what is not understood", stream_id=stream_id)
            return
        if kind not in _FOR_DEVICES:
            return
        for line in list(self._lines.get(stream_id, ())):
            line.send(text)


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
