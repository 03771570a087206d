"""What the API tells a media worker to do, through its stream in Valkey."""

import json
import time

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from control_api.identity import StreamId, ViewerId
from control_api.valkey import valkey_outages

MAX_LENGTH = 1_000
DROPPED_KEPT_S = 6 * 3600 + 60
"""As long as a token of theirs may be good."""
MAX_DROPPED = 10_000
"""Of one stream. The one dropped longest ago is forgotten first."""


class WorkerCommands:
    """Appends commands. A worker that is down for long finds the newest MAX_LENGTH; the reconciler repeats an
    end_stream or a member's drop_viewer that got lost, and a viewer's leaves a viewer who has already gone."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey

    async def end_stream(self, worker_id: str, stream_id: StreamId) -> None:
        await self._send(worker_id, {"command": "end_stream", "stream_id": str(stream_id)})

    async def release_stream(self, worker_id: str, stream_id: StreamId) -> None:
        """Its publisher is at another worker: who is at this one is to come back, and be sent it from there."""
        await self._send(worker_id, {"command": "release_stream", "stream_id": str(stream_id)})

    async def drop_viewer(self, worker_id: str, stream_id: StreamId, viewer_id: ViewerId) -> None:
        """Also written down: a worker that starts later has to know who may not come back."""
        command = {"command": "drop_viewer", "stream_id": str(stream_id), "viewer_id": str(viewer_id)}
        key, now = f"media:dropped:{stream_id}", time.time()
        with valkey_outages():
            async with self._valkey.pipeline(transaction=True) as pipe:
                pipe.zadd(key, {str(viewer_id): now})
                pipe.zremrangebyscore(key, "-inf", now - DROPPED_KEPT_S)
                pipe.zremrangebyrank(key, 0, -MAX_DROPPED - 1)
                pipe.expire(key, DROPPED_KEPT_S)
                _append(pipe, worker_id, command)
                await pipe.execute()

    async def _send(self, worker_id: str, command: dict[str, str]) -> None:
        with valkey_outages():
            async with self._valkey.pipeline(transaction=False) as pipe:
                _append(pipe, worker_id, command)
                await pipe.execute()


def _append(pipe: Pipeline, worker_id: str, command: dict[str, str]) -> None:
    pipe.xadd(f"media:commands:{worker_id}", {"json": json.dumps(command)}, maxlen=MAX_LENGTH, approximate=True)
