"""Stands in for a media worker: writes its snapshot into Valkey and reads its commands (ARCHITECTURE.md)."""

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
PERIOD_S = 0.25


class SnapshotWriter:
    """One worker. `rooms` and `booths` are what it says; `write()` says it at once."""

    def __init__(self, valkey_url: str, worker_id: str, *, public_url: str | None = None, viewers: int = 0) -> None:
        self.worker_id = worker_id
        self.public_url = public_url
        self.viewers = viewers
        self.draining = False
        self.started_at = time.time()
        self.load = 0.1
        self.rooms: dict[str, dict[str, Any]] = {}
        self.booths: dict[str, list[str]] = {}
        self.valkey = Redis.from_url(valkey_url, decode_responses=True)

    def room(
        self,
        stream_id: str,
        state: str,
        *,
        role: str = "origin",
        generation: int = 1,
        viewers: int = 0,
        ended_reason: str | None = None,
    ) -> None:
        self.rooms[stream_id] = {
            "state": state,
            "role": role,
            "since": time.time(),
            "generation": generation,
            "viewers": viewers,
            "video_codec": "h264",
            "audio_codec": "opus",
            "hls": True,
            "ended_reason": ended_reason,
        }

    async def write(self) -> None:
        snapshot = {
            "worker_id": self.worker_id,
            "http_port": 3100,
            "public_url": self.public_url,
            "internal_url": f"http://{self.worker_id}.internal:3100",
            "started_at": self.started_at,
            "viewers": self.viewers,
            "draining": self.draining,
            "load": self.load,
            "rooms": self.rooms,
            "booths": self.booths,
        }
        await self.valkey.sadd("media:workers", self.worker_id)
        await self.valkey.set(f"media:worker:{self.worker_id}", json.dumps(snapshot), px=LEASE_MS)
        await self.valkey.publish("media:changed", self.worker_id)

    async def vanish(self) -> None:
        """As when its lease has run out."""
        await self.valkey.delete(f"media:worker:{self.worker_id}")

    async def has_origin(self, stream_id: str, *, generation: int = 1) -> None:
        """As while the stream's publisher is here."""
        told: dict[Any, Any] = {
            "worker_id": self.worker_id,
            "internal_url": f"http://{self.worker_id}.internal:3100",
            "generation": generation,
            "fence": generation,
        }
        await self.valkey.hset(f"media:origin:{stream_id}", mapping=told)

    async def watch(self, stream_id: str, *viewer_ids: str, for_s: float = 60) -> None:
        scores = dict.fromkeys(viewer_ids, time.time() + for_s)
        await self.valkey.zadd(f"media:viewers:{stream_id}", scores)

    async def commands(self) -> list[dict[str, Any]]:
        entries: Any = await self.valkey.xrange(f"media:commands:{self.worker_id}")
        return [json.loads(fields["json"]) for _, fields in entries]


@asynccontextmanager
async def running_worker(writer: SnapshotWriter) -> AsyncIterator[SnapshotWriter]:
    """Keeps the worker's word fresh while the context is open, through outages of Valkey too."""

    async def keep_writing() -> None:
        while True:
            with suppress(RedisError, OSError):
                await writer.write()
            await asyncio.sleep(PERIOD_S)

    await writer.write()
    async with in_background(keep_writing()):
        yield writer
    await writer.valkey.aclose()
