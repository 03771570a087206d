"""The jobs process: killed in the middle it loses nothing and leaves nothing; asked to end, it ends."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import psutil
import pytest

from control_api.jobs.models import LEASE
from deploy.standalone.plan import answers
from tests.control_api.support.api import Api, api_settings, running_api
from tests.control_api.support.uploads import TusClient
from tests.support.music import tune, wav
from tests.support.ports import free_port
from tests.support.processes import is_gone, running
from tests.support.waiting import eventually

MODULE = "deploy.processes.jobs"


@pytest.fixture
async def api(database_url: str, valkey_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    settings = api_settings(database_url, valkey_url, objects_url=(tmp_path / "objects").as_uri())
    async with running_api(settings) as api:
        yield api


def environment(api: Api, folder: Path, port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": api.settings.database_url.get_secret_value(),
        "REDIS_URL": api.settings.redis_url.get_secret_value(),
        "OBJECTS_URL": api.settings.objects_url,
        "INSPECTION_DIR": str(folder / "inspection"),
        "JOBS_PORT": str(port),
    }


async def test_a_worker_killed_at_its_work_leaves_nothing_and_the_next_one_does_it_again(
    api: Api, tmp_path: Path
) -> None:
    tus = TusClient(api, await api.account("dj"))
    track_id = await tus.upload(wav(tune(60, 20.0)), "survivor.wav")
    work = tmp_path / "inspection"
    with running(MODULE, environment(api, tmp_path, free_port()), tmp_path / "first") as first:
        process = psutil.Process(first.process.pid)
        await eventually(lambda: bool(process.children()), timeout_s=30)
        (child,) = process.children()
        first.process.kill()
        first.process.wait()
        await eventually(lambda: is_gone(child))
    assert list(work.iterdir()), "what it worked on is still there"
    assert (await api.get(f"/dj/track/{track_id}", by=tus.account)).data["track"]["status"] == "processing"
    await api.execute("update job set locked_until = locked_until - $1::interval", LEASE)
    port = free_port()
    with running(MODULE, environment(api, tmp_path, port), tmp_path / "second") as second:
        await eventually(partial(answers, f"http://127.0.0.1:{port}/health"), timeout_s=30)

        async def is_ready() -> bool:
            track = (await api.get(f"/dj/track/{track_id}", by=tus.account)).data["track"]
            return track["status"] == "ready" and await api.execute("select from job") == []

        await eventually(is_ready, timeout_s=60, every_s=0.2)
        assert list(work.iterdir()) == []
        assert not (tmp_path / "objects" / "quarantine").exists()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/health") as response,
        ):
            assert await response.json() == {"status": "ok", "running": [], "due": 0, "waiting": 0, "failed": 0}
        assert second.end(signal.SIGTERM) == 0, second.output


async def test_a_worker_asked_to_end_puts_back_what_it_was_at(api: Api, tmp_path: Path) -> None:
    tus = TusClient(api, await api.account("dj"))
    await tus.upload(wav(tune(61, 20.0)), "put back.wav")
    with running(MODULE, environment(api, tmp_path, free_port()), tmp_path / "log") as worker:
        process = psutil.Process(worker.process.pid)
        await eventually(lambda: bool(process.children()), timeout_s=30)
        assert worker.end(signal.SIGTERM) == 0, worker.output
    (job,) = await api.execute("select attempts, locked_by from job")
    assert list(job) == [0, None]
    assert list((tmp_path / "inspection").iterdir()) == []


async def test_settings_that_are_missing_are_named(tmp_path: Path) -> None:
    with running(MODULE, {}, tmp_path / "log") as worker:
        assert worker.process.wait(30) == 2
        assert "DATABASE_URL is not set" in worker.output
        assert "OBJECTS_URL is not set" in worker.output
