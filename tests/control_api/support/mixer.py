"""Stands in for a mixer: writes its snapshot into Valkey, runs what it is to run, answers (ARCHITECTURE.md)."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from control_api.background import in_background

LEASE_MS = 5_000
PERIOD_S = 0.1


class MixerStandIn:
    """One mixer. It runs each mix that its hash names, with `devices` in its booth, and answers requests to load with
    `refusal`: None, a code and a sentence, or silence."""

    def __init__(self, valkey_url: str, mixer_id: str, *, capacity: int = 8, may_admit: bool = True) -> None:
        self.mixer_id = mixer_id
        self.capacity = capacity
        self.may_admit = may_admit
        self.devices = 0
        self.problem: str | None = None
        self.is_full = False
        self.is_silent = False
        self.refusal: tuple[str, str] | None = None
        self.heard: list[dict[str, Any]] = []
        self.valkey = Redis.from_url(valkey_url, decode_responses=True)

    async def specs(self) -> dict[str, dict[str, Any]]:
        """What it is to run, by stream id."""
        raw: Any = await self.valkey.hgetall(f"mixer:mixes:{self.mixer_id}")
        return {stream_id: json.loads(text) for stream_id, text in raw.items()}

    async def write(self) -> None:
        mixes = {
            stream_id: {
                "revision": spec["revision"],
                "on_air": spec["on_air"],
                "feed": "connecting" if self.problem else "connected",
                "since": time.time(),
                "problem": self.problem,
                "begun": not self.is_full,
                "devices": self.devices,
            }
            for stream_id, spec in (await self.specs()).items()
        }
        snapshot = {
            "mixer_id": self.mixer_id,
            "started_at": time.time(),
            "capacity": self.capacity,
            "may_admit": self.may_admit,
            "mixes": mixes,
            "ticks": {"missed": 0, "skipped": 0, "late_p99_s": 0.0, "busy_p99_s": 0.0},
        }
        await self.valkey.sadd("mixer:workers", self.mixer_id)
        await self.valkey.set(f"mixer:worker:{self.mixer_id}", json.dumps(snapshot), px=LEASE_MS)

    async def vanish(self) -> None:
        """As when its lease has run out."""
        await self.valkey.delete(f"mixer:worker:{self.mixer_id}")

    async def say(self, **event: Any) -> None:
        """Something that has to be kept."""
        await self.valkey.xadd("mixer:events", {"json": json.dumps(event)})

    async def listen(self) -> None:
        """Hears what mixes are asked, and answers to requests."""
        async with self.valkey.pubsub() as pubsub:
            await pubsub.psubscribe("mix:in:*")
            while True:
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1.0)
                if message is None:
                    continue
                said = json.loads(message["data"])
                self.heard.append(said)
                if "request" in said and not self.is_silent:
                    code, text = self.refusal or (None, None)
                    answer = {"kind": "answer", "request": said["request"], "code": code, "message": text}
                    await self.valkey.publish(message["channel"].replace("mix:in:", "mix:out:"), json.dumps(answer))


@asynccontextmanager
async def running_mixer(mixer: MixerStandIn) -> AsyncIterator[MixerStandIn]:
    """Keeps the mixer's word fresh and its ears open while the context is open, through outages of Valkey too."""

    async def keep_writing() -> None:
        while True:
            with suppress(RedisError, OSError):
                await mixer.write()
            await asyncio.sleep(PERIOD_S)

    async def keep_listening() -> None:
        while True:
            with suppress(RedisError, OSError):
                await mixer.listen()
            await asyncio.sleep(PERIOD_S)

    await mixer.write()
    async with in_background(keep_writing(), keep_listening()):
        yield mixer
    await mixer.valkey.aclose()
