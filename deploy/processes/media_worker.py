"""`python -m deploy.processes.media_worker`: one media worker, on the objects that control_api keeps."""

from __future__ import annotations

import asyncio
import sys

from pydantic import ValidationError

from control_api.errors import ServiceUnavailable
from control_api.objects.settings import ObjectSettings
from control_api.objects.store import Objects
from deploy import logs
from deploy.processes.running import refuse, run_until_signal
from deploy.processes.settings import ProcessSettings, sentences
from media_server.http.connections import raise_file_limit
from media_server.recording.ports import Unavailable
from media_server.settings import WorkerSettings
from media_server.worker.worker import run_worker


class MediaObjects:
    """The objects as the recorder knows them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def put(self, key: str, content: bytes) -> None:
        """Whole or not at all. Raises Unavailable."""
        try:
            await self._objects.put(key, content)
        except ServiceUnavailable as error:
            raise Unavailable("the objects cannot be reached") from error


def main() -> int:
    try:
        process, settings, objects = ProcessSettings(), WorkerSettings(), ObjectSettings()
    except ValidationError as error:
        return refuse(sentences(error))
    raise_file_limit()
    logs.configure(production=process.is_production, level=process.log_level, by_thread=True)
    leave = asyncio.Event()
    return run_until_signal(
        "media worker",
        lambda: run_worker(settings, MediaObjects(Objects.of(objects)), leave=leave),
        first_signal=leave.set if settings.media_drain_s else None,
    )


if __name__ == "__main__":
    sys.exit(main())
