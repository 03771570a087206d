"""Claims about replays as one MP4, made by a job without encoding anything anew."""

import io
import json
from typing import Any

import av
import pytest

from control_api.jobs.models import MAX_ATTEMPTS
from tests.control_api.replays.conftest import (
    AAC,
    Recorded,
    StartJobs,
    all_done,
    kept,
    live,
    record,
    recorder_of,
)
from tests.control_api.support.api import Account, Api, MovingClock
from tests.control_api.support.library import objects_of
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.recorder import Recorder, audio, video
from tests.support.waiting import eventually


async def download(api: Api, replay_id: str, by: Account) -> bytes:
    """The file, once it is made."""
    made: list[bytes] = []

    async def is_made() -> bool:
        reply = await api.get(f"/replay/{replay_id}/download", by=by)
        if reply.status == 200:
            made.append(reply.body)
        return bool(made)

    await eventually(is_made, timeout_s=60, every_s=0.2)
    return made[0]


def read(movie: bytes) -> dict[str, Any]:
    """Times of decoded pictures, their sizes, and how long the sound is."""
    with av.open(io.BytesIO(movie), "r") as container:
        seen: dict[str, Any] = {"times": [], "sizes": [], "samples": 0, "formats": container.format.name}
        for frame in container.decode():
            if isinstance(frame, av.VideoFrame):
                seen["times"].append(float(frame.time or 0))
                seen["sizes"].append((frame.width, frame.height))
            elif isinstance(frame, av.AudioFrame):
                seen["samples"] += frame.samples
    return seen


async def test_it_is_made_when_it_is_first_asked_for_and_then_sent(
    api: Api, recorded: Recorded, start_jobs: StartJobs
) -> None:
    anna = await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=4)
    first = await api.get(f"/replay/{replay_id}/download", by=anna)
    assert (first.status, first.data) == (202, {"state": "making", "progress": 0})
    assert first.headers["Retry-After"] == "3"
    await api.get(f"/replay/{replay_id}/download", by=anna)
    await start_jobs()
    movie = await download(api, replay_id, anna)
    assert movie[4:8] == b"ftyp"
    seen = read(movie)
    assert len(seen["times"]) == 40
    assert seen["times"] == pytest.approx([number / 10 for number in range(40)], abs=0.05)
    assert seen["samples"] / 48_000 == pytest.approx(4, abs=0.1)
    assert await api.execute("select from job where kind = 'replay_download'") == []


async def test_the_file_is_sent_in_parts_and_by_a_link(api: Api, recorded: Recorded, start_jobs: StartJobs) -> None:
    anna = await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=1, title="Night & Day")
    await start_jobs()
    movie = await download(api, replay_id, anna)
    link = (await api.post(f"/replay/{replay_id}/watch", by=anna)).data["downloadUrl"]
    part = await api.get(link, headers={"Range": "bytes=4-7"})
    assert (part.status, part.body) == (206, b"ftyp")
    assert part.headers["Content-Range"] == f"bytes 4-7/{len(movie)}"
    assert "Night & Day" in part.headers["Content-Disposition"]
    assert part.headers["Cache-Control"].startswith("private")
    [row] = await api.execute("select download_key from replay")
    name = row["download_key"].rpartition("/")[2]
    assert (await api.get(f"/replay/{replay_id}/media/{name}")).code == "REPLAY_NOT_FOUND"


async def test_what_came_in_pieces_with_other_sizes_is_one_film_without_gaps(
    api: Api, worker: SnapshotWriter, start_jobs: StartJobs
) -> None:
    """The publisher came again with a larger picture; its clock began anew."""
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 2)
    init, pieces = video(2, width=128, height=96, shade=200)
    await recorder.init("video", init, init=1, kind="video", codec="avc1.42c00b", size=(128, 96))
    for number, piece in enumerate(pieces):
        await recorder.segment("video", piece, init=1, discontinuity=number == 0)
    await recorder.over()
    await kept(recorder)
    await start_jobs()
    seen = read(await download(api, recorder.recording_id, anna))
    assert seen["sizes"] == [(64, 48)] * 20 + [(128, 96)] * 20
    steps = [later - earlier for earlier, later in zip(seen["times"], seen["times"][1:], strict=False)]
    assert min(steps) > 0
    assert max(steps) < 0.25


async def test_a_source_that_changed_its_codec_cannot_be_one_file_and_that_is_said(
    api: Api, worker: SnapshotWriter, start_jobs: StartJobs
) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 1)
    init, pieces = video(1, codec="libx265")
    await recorder.init("video", init, init=1, kind="video", codec="hvc1.1.6.L93.B0", size=(64, 48))
    await recorder.segment("video", pieces[0], init=1, discontinuity=True)
    await recorder.over()
    await kept(recorder)
    path = f"/replay/{recorder.recording_id}/download"
    assert (await api.get(path, by=anna)).status == 202
    await start_jobs()

    async def is_said() -> bool:
        reply = await api.get(path, by=anna)
        return reply.status != 202 and reply.code == "DOWNLOAD_FAILED"

    await eventually(is_said, timeout_s=30)
    # Who asks again has another try.
    assert (await api.get(path, by=anna)).status == 202


async def test_what_is_still_recorded_cannot_be_downloaded(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 1)
    await kept(recorder)
    reply = await api.get(f"/replay/{recorder.recording_id}/download", by=anna)
    assert (reply.status, reply.code) == (409, "REPLAY_NOT_READY")


async def test_others_do_not_download_and_administrators_do(
    api: Api, recorded: Recorded, start_jobs: StartJobs
) -> None:
    anna = await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=1)
    await start_jobs()
    path = f"/replay/{replay_id}/download"
    assert (await api.get(path, by=await api.account("performer"))).code == "FORBIDDEN"
    assert len(await download(api, replay_id, await api.account("admin"))) > 1_000


async def test_a_file_is_forgotten_when_more_of_its_replay_comes(
    api: Api, recorded: Recorded, start_jobs: StartJobs
) -> None:
    anna = await api.account("dj")
    replay_id, recorder = await recorded(anna, seconds=2)
    await start_jobs()
    before = read(await download(api, replay_id, anna))
    _, pieces = video(3)
    await recorder.segment("video", pieces[2])
    await kept(recorder)
    after = read(await download(api, replay_id, anna))
    assert len(after["times"]) == len(before["times"]) + 10
    await all_done(api)
    files = [key for key in await objects_of(api).keys_below(recorder.prefix) if "download" in key]
    assert len(files) == 1


async def test_files_go_after_a_week_and_are_made_again(
    api: Api, recorded: Recorded, start_jobs: StartJobs, start_api: Any, clock: MovingClock
) -> None:
    anna = await api.account("dj")
    replay_id, recorder = await recorded(anna, seconds=1)
    await start_jobs()
    await download(api, replay_id, anna)
    clock.advance(days=8)
    # Housekeeping is done when a process starts.
    await start_api()

    async def is_gone() -> bool:
        return not [key for key in await objects_of(api).keys_below(recorder.prefix) if "download" in key]

    await eventually(is_gone, timeout_s=20)
    [row] = await api.execute("select download_state from replay")
    assert row["download_state"] == "none"


async def test_a_worker_that_dies_each_time_leaves_a_failure_and_no_file(
    api: Api, recorded: Recorded, start_jobs: StartJobs
) -> None:
    anna = await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=1)
    assert (await api.get(f"/replay/{replay_id}/download", by=anna)).status == 202
    await api.execute("update job set attempts = $1 where kind = 'replay_download'", MAX_ATTEMPTS)
    await start_jobs()

    async def has_failed() -> bool:
        [row] = await api.execute("select download_state from replay")
        return bool(row["download_state"] == "failed")

    await eventually(has_failed)


async def test_a_replay_keeps_a_picture(api: Api, recorded: Recorded, start_jobs: StartJobs) -> None:
    anna = await api.account("dj")
    replay_id, _ = await recorded(anna, seconds=3)
    await start_jobs()
    await all_done(api)
    url = (await api.get(f"/replay/{replay_id}")).data["replay"]["thumbnailUrl"]
    assert url == f"/api/v1/replay/{replay_id}/thumbnail.jpg"
    picture = await api.get(url)
    assert picture.headers["Content-Type"] == "image/jpeg"
    with av.open(io.BytesIO(picture.body), "r", format="jpeg_pipe") as container:
        frame = next(container.decode(video=0))
        assert isinstance(frame, av.VideoFrame)
    assert (frame.width, frame.height) == (64, 48)


@pytest.mark.parametrize("content", [b"", b"nonsense" * 100, b"\x00\x00\x00\x08ftyp"], ids=range(3))
async def test_a_replay_that_cannot_be_decoded_has_no_picture_and_holds_nothing_up(
    api: Api, worker: SnapshotWriter, start_jobs: StartJobs, content: bytes
) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 1)
    await objects_of(api).put(f"{recorder.prefix}/video-101.m4s", content)
    await recorder.over()
    await kept(recorder)
    await start_jobs()
    await all_done(api)
    assert (await api.get(f"/replay/{recorder.recording_id}")).data["replay"]["thumbnailUrl"] is None


async def test_of_sound_alone_there_is_no_picture(api: Api, worker: SnapshotWriter, start_jobs: StartJobs) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record_sound(recorder)
    await start_jobs()
    await all_done(api)
    assert (await api.get(f"/replay/{recorder.recording_id}")).data["replay"]["thumbnailUrl"] is None
    seen = read(await download(api, recorder.recording_id, anna))
    assert (seen["times"], seen["samples"] > 90_000) == ([], True)


async def record_sound(recorder: Recorder) -> None:
    init, pieces = audio(2)
    await recorder.init("audio", init, kind="audio", codec=AAC)
    for piece in pieces:
        await recorder.segment("audio", piece)
    await recorder.over()
    await kept(recorder)


async def test_with_a_replay_all_its_objects_go(api: Api, recorded: Recorded, start_jobs: StartJobs) -> None:
    anna = await api.account("dj")
    replay_id, recorder = await recorded(anna, seconds=1)
    _, other = await recorded(anna, seconds=1)
    await start_jobs()
    await download(api, replay_id, anna)
    await all_done(api)
    assert (await api.send("DELETE", f"/replay/{replay_id}", by=anna)).status == 200
    assert (await api.get(f"/replay/{replay_id}", by=anna)).code == "REPLAY_NOT_FOUND"
    await all_done(api)
    objects = objects_of(api)
    assert await objects.keys_below(recorder.prefix) == []
    assert len(await objects.keys_below(other.prefix)) >= 4


async def test_what_was_to_be_kept_for_so_long_goes_then(
    api: Api, recorded: Recorded, start_jobs: StartJobs, start_api: Any, clock: MovingClock
) -> None:
    anna = await api.account("dj")
    replay_id, recorder = await recorded(anna, seconds=1)
    stays_id, _ = await recorded(anna, seconds=1)
    await api.send("PATCH", f"/replay/{replay_id}", json={"keepDays": 2}, by=anna)
    await api.send("PATCH", f"/replay/{stays_id}", json={"keepDays": 4}, by=anna)
    await start_jobs()
    clock.advance(days=3)
    await start_api()

    async def is_gone() -> bool:
        return await objects_of(api).keys_below(recorder.prefix) == []

    await eventually(is_gone, timeout_s=20)
    rows = await api.execute("select id::text from replay")
    assert [row["id"] for row in rows] == [stays_id]


@pytest.mark.parametrize(
    "payload", [{"prefix": "tracks"}, {"prefix": "replays/../tracks"}, {"prefix": ""}, {}], ids=range(4)
)
async def test_a_job_deletes_nothing_but_replays(
    api: Api, recorded: Recorded, start_jobs: StartJobs, payload: dict[str, str]
) -> None:
    _, _recorder = await recorded(await api.account("dj"), seconds=1)
    await start_jobs()
    await all_done(api)
    before = await objects_of(api).keys_below("replays")
    await api.execute(
        "insert into job (kind, payload, run_at, created_at, attempts)"
        " values ('delete_replay', $1::jsonb, now(), now(), $2)",
        json.dumps(payload),
        MAX_ATTEMPTS - 1,
    )

    async def was_refused() -> bool:
        [row] = await api.execute("select failed_at from job")
        return row["failed_at"] is not None

    await eventually(was_refused, timeout_s=20)
    assert await objects_of(api).keys_below("replays") == before
