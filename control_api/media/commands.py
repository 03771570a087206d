"""What the API tells a media worker to do, through its stream in Valkey."""

import json

from redis.asyncio import Redis

from control_api.identity import StreamId, ViewerId
from control_api.valkey import valkey_outages

MAX_LENGTH = 1_000


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
        await self._send(
            worker_id, {"command": "drop_viewer", "stream_id": str(stream_id), "viewer_id": str(viewer_id)}
        )

    async def _send(self, worker_id: str, command: dict[str, str]) -> None:
        with valkey_outages():
            await self._valkey.xadd(
                f"media:commands:{worker_id}", {"json": json.dumps(command)}, maxlen=MAX_LENGTH, approximate=True
            )
