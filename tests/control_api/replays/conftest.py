"""A live stream that is recorded, and who records it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from control_api.background import in_background
from control_api.jobs.process import JobsProcess
from tests.control_api.inspection.conftest import job_settings
from tests.control_api.support.api import Account, Api, MovingClock
from tests.control_api.support.library import objects_of
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.recorder import Recorder, audio, has_kept_all, video
from tests.support.waiting import eventually

AVC, AAC = "avc1.42c00a", "mp4a.40.2"


async def live(api: Api, by: Account, title: str = "Night") -> str:
    return str((await api.post(f"/{by.role}/start-stream", {"title": title}, by=by)).data["stream"]["id"])


async def wanted_recording(worker: SnapshotWriter, stream_id: str) -> dict[str, Any]:
    """The recording of the stream's spec, as soon as there is one."""
    found: dict[str, Any] = {}

    async def is_wanted() -> bool:
        raw = await worker.valkey.get(f"media:spec:{stream_id}")
        found.update((json.loads(raw).get("recording") or {}) if raw else {})
        return bool(found)

    await eventually(is_wanted)
    return found


async def recorder_of(api: Api, worker: SnapshotWriter, by: Account, stream_id: str) -> Recorder:
    """Has the stream recorded, and is what the worker does then."""
    assert (await api.post(f"/stream/{stream_id}/recording", {"on": True}, by=by)).status == 200
    wish = await wanted_recording(worker, stream_id)
    return Recorder(worker.valkey, objects_of(api), wish["recording_id"], wish["prefix"])


async def kept(recorder: Recorder) -> None:
    async def is_kept() -> bool:
        return await has_kept_all(recorder.valkey)

    await eventually(is_kept)


async def record(recorder: Recorder, seconds: int = 3) -> None:
    """Picture and sound of so many seconds."""
    init, pieces = video(seconds)
    await recorder.init("video", init, kind="video", codec=AVC, size=(64, 48))
    sound_init, sounds = audio(seconds)
    await recorder.init("audio", sound_init, kind="audio", codec=AAC)
    for piece in pieces:
        await recorder.segment("video", piece)
    for piece in sounds:
        await recorder.segment("audio", piece)


StartJobs = Callable[[], Awaitable[JobsProcess]]
Recorded = Callable[..., Awaitable[tuple[str, Recorder]]]


@pytest.fixture
def recorded(api: Api, worker: SnapshotWriter) -> Recorded:
    """A replay that is ready: its id, and its recorder."""

    async def make(by: Account, seconds: int = 3, title: str = "Night") -> tuple[str, Recorder]:
        stream_id = await live(api, by, title)
        recorder = await recorder_of(api, worker, by, stream_id)
        await record(recorder, seconds)
        await recorder.over()
        await kept(recorder)
        await api.post(f"/{by.role}/end-stream", by=by)
        return recorder.recording_id, recorder

    return make


@pytest.fixture
async def start_jobs(api: Api, tmp_path: Path, clock: MovingClock) -> AsyncIterator[StartJobs]:
    """Starts a jobs worker; it ends with the test."""
    async with AsyncExitStack() as stack:

        async def start() -> JobsProcess:
            process = JobsProcess(job_settings(api, tmp_path / "work"), clock)
            await stack.enter_async_context(in_background(process.run()))
            return process

        yield start


async def all_done(api: Api) -> None:
    """Until no job is left that may still be done."""

    async def nothing_is_left() -> bool:
        return await api.execute("select from job where failed_at is null") == []

    await eventually(nothing_is_left, timeout_s=60)
