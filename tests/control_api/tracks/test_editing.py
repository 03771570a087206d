"""Claims about changing, deleting and analysing a track, and about what mixes are told of it."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from control_api.app import ANALYSES
from control_api.background import in_background
from control_api.db.pool import Database
from control_api.errors import ServiceUnavailable
from control_api.jobs.models import BACKOFF, Job, JobId
from control_api.jobs.service import JobQueue
from control_api.jobs.worker import JobWorker
from control_api.tracks.deletion import DELETE_OBJECTS, ObjectsDeletion
from control_api.tracks.service import ANALYSE_TRACK
from tests.control_api.support.api import Account, Api, MovingClock
from tests.control_api.support.library import (
    add_held_track,
    add_processing_track,
    add_track,
    add_track_with_files,
    folder_of,
    library_titles,
    objects_of,
)
from tests.support.waiting import eventually

BIDI = "\u202e"
NOBODY = "00000000-0000-4000-8000-000000000000"


async def edit(api: Api, by: Account, track_id: str, **changes: Any) -> Any:
    return await api.send("PATCH", f"/dj/track/{track_id}", json=changes, by=by)


async def test_what_is_said_of_a_track_can_be_changed_and_the_rest_stays(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna, "old", artist="Otto", genre="House", year=1999)
    changed = (await edit(api, anna, track_id, title="new", year=None, comment="first line\nsecond")).data["track"]
    assert (changed["title"], changed["year"], changed["comment"]) == ("new", None, "first line\nsecond")
    assert (changed["artist"], changed["genre"]) == ("Otto", "House")
    assert (await api.get(f"/dj/track/{track_id}", by=anna)).data["track"] == changed


async def test_words_are_cleaned_of_what_is_not_seen(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)
    written = {
        "title": f"  a{BIDI}b\u0000\tc  ",
        "artist": "e\u0301",
        "album": "\u200f\ufeff",
        "comment": "x\u0007\r\ny ",
    }
    track = (await edit(api, anna, track_id, **written)).data["track"]
    assert (track["title"], track["artist"], track["album"], track["comment"]) == ("a b c", "é", "", "x\ny")


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": None},
        {"title": BIDI},
        {"title": "x" * 201},
        {"artist": "x" * 201},
        {"genre": "x" * 101},
        {"comment": "x" * 1_001},
        {"year": 999},
        {"year": "1999"},
        {"grid": {"bpm": 19.9, "firstDownbeatS": 0}},
        {"grid": {"bpm": 120}},
        {"grid": {"bpm": 120, "firstDownbeatS": -1}},
        {"grid": {"bpm": 120, "firstDownbeatS": 241}},
        {"hotCues": [None] * 7},
        {"hotCues": [-1, *[None] * 7]},
        {"hotCues": [48_000 * 241, *[None] * 7]},
        {"cueFrame": 48_000 * 241},
        {"status": "ready"},
        {"playCount": 1},
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(api: Api, changes: dict[str, Any]) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna, duration_s=240.0)
    before = (await api.get(f"/dj/track/{track_id}", by=anna)).data
    reply = await edit(api, anna, track_id, **changes)
    assert (reply.status, reply.code) == (422, "VALIDATION_ERROR")
    assert (await api.get(f"/dj/track/{track_id}", by=anna)).data == before


async def test_a_grid_set_by_hand_is_marked_as_such_and_can_be_taken_away(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna, bpm=62.0, bpm_confidence=0.4, grid_frame=0.0)
    changed = (await edit(api, anna, track_id, grid={"bpm": 124, "firstDownbeatS": 0.25})).data["track"]
    assert changed["grid"] == {"bpm": 124.0, "firstDownbeatS": 0.25}
    assert (changed["bpm"], changed["bpmConfidence"], changed["gridEdited"]) == (124.0, None, True)
    gone = (await edit(api, anna, track_id, grid=None)).data["track"]
    assert (gone["grid"], gone["bpm"], gone["gridEdited"]) == (None, None, True)


async def test_cues_are_kept_in_frames(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)
    cues = [0, 48_000.5, *[None] * 6]
    changed = (await edit(api, anna, track_id, hotCues=cues, cueFrame=96_000)).data["track"]
    assert (changed["hotCues"], changed["cueFrame"]) == (cues, 96_000.0)
    cleared = (await edit(api, anna, track_id, hotCues=None)).data["track"]
    assert cleared["hotCues"] == [None] * 8


async def test_a_track_that_is_looked_at_cannot_be_changed_yet(api: Api) -> None:
    anna = await api.account("dj")
    reply = await edit(api, anna, await add_processing_track(api, anna), title="new")
    assert (reply.status, reply.code) == (409, "TRACK_PROCESSING")


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "mine"}),
        ("DELETE", "", None),
        ("POST", "/analyse", None),
        ("GET", "/waveform", None),
        ("GET", "/cover", None),
        ("GET", "/download", None),
    ],
)
async def test_the_track_of_another_dj_does_not_exist(api: Api, method: str, rest: str, body: Any) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    track_id = await add_track_with_files(api, anna, "anna's")
    reply = await api.send(method, f"/dj/track/{track_id}{rest}", json=body, by=bert)
    assert (reply.status, reply.code) == (404, "TRACK_NOT_FOUND")
    assert await library_titles(api, anna) == ["anna's"]


async def test_a_track_is_analysed_anew_by_a_job_and_stays_ready_meanwhile(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna, bpm=62.0, grid_edited=True)
    reply = await api.post(f"/dj/track/{track_id}/analyse", by=anna)
    assert (reply.status, reply.data["track"]["status"], reply.data["track"]["gridEdited"]) == (202, "ready", False)
    (job,) = await api.execute("select kind, payload from job")
    assert (job["kind"], json.loads(job["payload"])) == (ANALYSE_TRACK, {"track_id": track_id})
    assert (await api.post(f"/dj/track/{track_id}/analyse", by=anna)).status == 202
    assert len(await api.execute("select from job")) == 1, "asking again is asking once"
    held = await api.post(f"/dj/track/{await add_held_track(api, anna)}/analyse", by=anna)
    assert (held.status, held.code) == (409, "TRACK_NOT_READY")


async def test_a_dj_does_not_keep_the_analysis_from_others(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    tracks = {account.user_id: await add_track(api, account) for account in (anna, bert)}
    for _ in range(ANALYSES.max_requests):
        await api.post(f"/dj/track/{tracks[anna.user_id]}/analyse", by=anna)
    refused = await api.post(f"/dj/track/{tracks[anna.user_id]}/analyse", by=anna)
    assert (refused.status, refused.code) == (429, "RATE_LIMITED")
    assert (await api.post(f"/dj/track/{tracks[bert.user_id]}/analyse", by=bert)).status == 202


async def test_a_deleted_track_is_gone_from_everywhere_but_the_history(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)
    other = await add_track(api, anna, "other")
    crate_id = (await api.post("/dj/crates", {"name": "c"}, by=anna)).data["crate"]["id"]
    await api.send("PUT", f"/dj/crates/{crate_id}/tracks/{track_id}", by=anna)
    playlist_id = (await api.post("/dj/playlists", {"name": "p"}, by=anna)).data["playlist"]["id"]
    wanted = {"trackIds": [track_id, other, track_id]}
    await api.send("PUT", f"/dj/playlists/{playlist_id}/tracks", json=wanted, by=anna)
    for queued in wanted["trackIds"]:
        await api.post("/dj/queue", {"trackId": queued}, by=anna)
    assert (await api.send("DELETE", f"/dj/track/{track_id}", by=anna)).status == 200
    assert await library_titles(api, anna) == ["other"]
    assert (await api.get("/dj/crates", by=anna)).data["crates"][0]["trackCount"] == 0
    playlist = (await api.get(f"/dj/playlists/{playlist_id}", by=anna)).data
    assert [track["title"] for track in playlist["tracks"]] == ["other"]
    assert [entry["track"]["title"] for entry in (await api.get("/dj/queue", by=anna)).data["entries"]] == ["other"]
    again = await api.send("DELETE", f"/dj/track/{track_id}", by=anna)
    assert (again.status, again.code) == (404, "TRACK_NOT_FOUND")


class AwayAtFirst(ObjectsDeletion):
    """Finds the store away the first time."""

    attempts = 0

    async def run(self, job: Job) -> None:
        self.attempts += 1
        if self.attempts == 1:
            raise ServiceUnavailable("objects")
        await super().run(job)


async def test_its_objects_go_with_a_job_that_outlives_an_outage_of_the_store(
    api: Api, database: Database, clock: MovingClock
) -> None:
    anna = await api.account("dj")
    track_id = await add_track_with_files(api, anna)
    kept = await add_track_with_files(api, anna, "kept")
    await api.send("DELETE", f"/dj/track/{track_id}", by=anna)
    objects, folder = objects_of(api), folder_of(anna.user_id, UUID(track_id))
    assert len(await objects.keys_below(folder)) == 4

    deletion, queue = AwayAtFirst(objects), JobQueue(database, clock)
    async with in_background(JobWorker(queue, {DELETE_OBJECTS: deletion}, concurrency=1).run()):

        async def is_put_off() -> bool:
            return (await queue.counts())["due"] == 0

        async def is_gone() -> bool:
            return await objects.keys_below(folder) == []

        await eventually(is_put_off)
        assert not await is_gone()
        clock.advance(seconds=BACKOFF[0].total_seconds())
        await eventually(is_gone)
    assert len(await objects.keys_below(folder_of(anna.user_id, UUID(kept)))) == 4


@pytest.mark.parametrize(
    "folder",
    ["", "tracks", f"tracks/{NOBODY}", f"tracks/{NOBODY}/2026/03/01", f"tracks/{NOBODY}/2026/03/01/.."],
    ids=["all", "tracks", "of_a_dj", "of_a_day", "upwards"],
)
async def test_nothing_but_the_folder_of_one_track_is_ever_deleted(api: Api, folder: str) -> None:
    kept = await add_track_with_files(api, await api.account("dj"))
    job = Job(JobId(uuid4()), DELETE_OBJECTS, {"folder": folder}, 1, "lease")
    with pytest.raises(ValueError, match="not the folder of a track"):
        await ObjectsDeletion(objects_of(api)).run(job)
    assert len([key for key in await objects_of(api).keys_below("tracks") if kept in key]) == 4


async def test_of_many_edits_at_once_none_is_lost(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)
    fields = {"title": "t", "artist": "a", "album": "b", "genre": "g", "comment": "c", "year": 2001}
    await asyncio.gather(*(edit(api, anna, track_id, **{name: value}) for name, value in fields.items()))
    track = (await api.get(f"/dj/track/{track_id}", by=anna)).data["track"]
    assert {name: track[name] for name in fields} == fields
