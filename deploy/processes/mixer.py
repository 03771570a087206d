"""`python -m deploy.processes.mixer`: one mixer worker, on the objects that control_api keeps."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import ValidationError

from control_api.errors import ServiceUnavailable
from control_api.objects.settings import ObjectSettings
from control_api.objects.store import ObjectMissing, Objects
from deploy import logs
from deploy.processes.running import refuse, run_until_signal
from deploy.processes.settings import ProcessSettings, sentences
from mixer.worker.ports import ObjectGone, ObjectsUnavailable
from mixer.worker.settings import MixerSettings
from mixer.worker.worker import run_worker


class MixerObjects:
    """The objects as the mixer knows them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def pieces(self, key: str) -> AsyncIterator[bytes]:
        """An object in pieces. Raises ObjectGone, ObjectsUnavailable."""
        try:
            async for piece in self._objects.pieces(key):
                yield piece
        except ObjectMissing as error:
            raise ObjectGone(key) from error
        except ServiceUnavailable as error:
            raise ObjectsUnavailable from error

    async def put_file(self, key: str, path: Path) -> None:
        """Copy a file there. Raises ObjectsUnavailable."""
        try:
            await self._objects.put_file(key, path)
        except ServiceUnavailable as error:
            raise ObjectsUnavailable from error


def main() -> int:
    try:
        process, settings, objects = ProcessSettings(), MixerSettings(), ObjectSettings()
    except ValidationError as error:
        return refuse(sentences(error))
    logs.configure(production=process.is_production, level=process.log_level)
    return run_until_signal("mixer", lambda: run_worker(settings, MixerObjects(Objects.of(objects))))


if __name__ == "__main__":
    sys.exit(main())
