"""Uploads, and a jobs worker of the test's own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from control_api.errors import ServiceUnavailable
from control_api.jobs.process import JobsProcess
from control_api.jobs.settings import JobSettings
from tests.control_api.support.api import Api, MovingClock
from tests.control_api.support.uploads import TusClient
from tests.support.waiting import eventually

DECIDED_WITHIN_S = 60.0

StartJobs = Callable[..., Awaitable[JobsProcess]]


@pytest.fixture
async def tus(api: Api) -> TusClient:
    return TusClient(api, await api.account("dj"))


def job_settings(api: Api, folder: Path, **overrides: Any) -> JobSettings:
    values = {
        "database_url": api.settings.database_url,
        "redis_url": api.settings.redis_url,
        "objects_url": api.settings.objects_url,
        "jobs_port": 0,
        "inspection_dir": folder,
        **overrides,
    }
    return JobSettings.model_validate(values)


@pytest.fixture
async def start_jobs(api: Api, tmp_path: Path, clock: MovingClock) -> AsyncIterator[StartJobs]:
    """Starts a jobs worker; it ends with the test."""
    tasks: list[asyncio.Task[None]] = []

    async def start(**overrides: Any) -> JobsProcess:
        process = JobsProcess(job_settings(api, tmp_path / "inspection", **overrides), clock)
        tasks.append(asyncio.create_task(process.run()))

        async def is_at_work() -> bool:
            try:
                await process.queue.counts()
            except ServiceUnavailable:
                return False
            return True

        await eventually(is_at_work)
        return process

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Library:
    """A DJ who uploads, and waits for what becomes of it."""

    api: Api
    tus: TusClient
    folder: Path

    async def add(self, content: bytes, name: str) -> dict[str, Any]:
        """Upload a file; its track when it is decided upon, and nothing is left to do."""
        return await self.decided(await self.tus.upload(content, name))

    async def track(self, track_id: str) -> dict[str, Any]:
        track: dict[str, Any] = (await self.api.get(f"/dj/track/{track_id}", by=self.tus.account)).data["track"]
        return track

    async def decided(self, track_id: str) -> dict[str, Any]:
        async def is_done() -> bool:
            is_decided = (await self.track(track_id))["status"] != "processing"
            return is_decided and await self.api.execute("select from job where failed_at is null") == []

        await eventually(is_done, timeout_s=DECIDED_WITHIN_S, every_s=0.1)
        return await self.track(track_id)

    def objects(self) -> set[str]:
        """The names of all objects."""
        root = Path(self.api.settings.objects_url.removeprefix("file://"))
        # Unlike Path.rglob this passes over a folder that is deleted meanwhile.
        return {
            (Path(folder) / name).relative_to(root).as_posix() for folder, _, names in os.walk(root) for name in names
        }

    def work_folders(self) -> list[Path]:
        return list((self.folder / "inspection").glob("*"))


@pytest.fixture
async def library(api: Api, tus: TusClient, tmp_path: Path) -> Library:
    return Library(api, tus, tmp_path)
