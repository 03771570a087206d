"""Claims about what a DJ has played, recorded and stored."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from control_api.history.deletion import RecordingDeletion
from control_api.jobs.models import Job, JobId
from tests.control_api.support.api import Account, Api
from tests.control_api.support.library import (
    UPLOADED,
    add_held_track,
    add_processing_track,
    add_stream,
    add_track,
    objects_of,
)

FLAC = b"fLaC" + bytes(5_000)
CUE = b'FILE "mix.flac" WAVE\n'


async def add_play(api: Api, by: Account, stream_id: UUID, minute: int, **columns: Any) -> None:
    values: dict[str, Any] = {
        "track_id": None,
        "title": f"play {minute}",
        "on_air": True,
        "by_auto_dj": False,
    } | columns
    await api.execute(
        "insert into play (event_id, stream_id, dj_id, track_id, title, artist, played_at, on_air, by_auto_dj)"
        " values ($1, $2, $3, $4, $5, 'Otto', $6, $7, $8)",
        uuid4().hex,
        stream_id,
        by.user_id,
        values["track_id"],
        values["title"],
        UPLOADED + timedelta(minutes=minute),
        values["on_air"],
        values["by_auto_dj"],
    )


async def add_recording(api: Api, by: Account, stream_id: UUID, minute: int = 0, *, has_files: bool = True) -> str:
    recording_id = uuid4()
    key = f"recordings/{by.user_id}/{stream_id}/{recording_id}"
    await api.execute(
        "insert into mix_recording (id, event_id, stream_id, dj_id, object_key, cue_sheet_key, started_at, duration_s,"
        " bytes) values ($1, $2, $3, $4, $5, $6, $7, 3600.5, $8)",
        recording_id,
        uuid4().hex,
        stream_id,
        by.user_id,
        f"{key}.flac",
        f"{key}.cue",
        UPLOADED + timedelta(minutes=minute),
        len(FLAC),
    )
    if has_files:
        await objects_of(api).put(f"{key}.flac", FLAC)
        await objects_of(api).put(f"{key}.cue", CUE)
    return str(recording_id)


async def test_the_history_tells_what_was_played_the_newest_first(api: Api) -> None:
    anna = await api.account("dj")
    stream_id = await add_stream(api, anna, "Friday")
    track_id = UUID(await add_track(api, anna))
    await add_play(api, anna, stream_id, 1, track_id=track_id)
    await add_play(api, anna, stream_id, 2, on_air=False, by_auto_dj=True)
    page = (await api.get("/dj/history?perPage=1", by=anna)).data
    assert page["pagination"] == {"total": 2, "page": 1, "perPage": 1, "totalPages": 2}
    (newest,) = page["items"]
    assert (newest["title"], newest["onAir"], newest["byAutoDj"], newest["trackId"]) == ("play 2", False, True, None)
    (oldest,) = (await api.get("/dj/history?perPage=1&page=2", by=anna)).data["items"]
    assert set(oldest) == {
        *("id", "streamId", "streamTitle", "trackId", "title", "artist", "playedAt", "onAir", "byAutoDj"),
    }
    assert (oldest["streamId"], oldest["streamTitle"], oldest["trackId"]) == (str(stream_id), "Friday", str(track_id))


async def test_a_play_outlives_its_track(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna)
    await add_play(api, anna, await add_stream(api, anna), 1, track_id=UUID(track_id))
    await api.send("DELETE", f"/dj/track/{track_id}", by=anna)
    (play,) = (await api.get("/dj/history", by=anna)).data["items"]
    assert (play["title"], play["trackId"]) == ("play 1", None)


async def test_the_history_of_one_set_and_nobody_elses(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    friday, saturday = await add_stream(api, anna, "Friday"), await add_stream(api, anna, "Saturday")
    await add_play(api, anna, friday, 1)
    await add_play(api, anna, saturday, 2)
    # A guest plays their own tracks in somebody's set.
    await add_play(api, bert, friday, 3)
    (play,) = (await api.get(f"/dj/history?streamId={friday}", by=anna)).data["items"]
    assert play["title"] == "play 1"
    assert [play["title"] for play in (await api.get("/dj/history", by=bert)).data["items"]] == ["play 3"]
    assert (await api.get(f"/dj/history?streamId={uuid4()}", by=anna)).data["items"] == []


async def test_recordings_are_listed_and_given_with_names_to_keep(api: Api) -> None:
    anna = await api.account("dj")
    stream_id = await add_stream(api, anna, "Friday")
    await add_recording(api, anna, stream_id, 0)
    recording_id = await add_recording(api, anna, stream_id, 5)
    items = (await api.get("/dj/recordings", by=anna)).data["items"]
    assert (items[0]["id"], items[0]["streamTitle"], items[0]["bytes"]) == (recording_id, "Friday", len(FLAC))
    assert set(items[0]) == {"id", "streamId", "streamTitle", "startedAt", "durationS", "bytes", "fileUrl"}
    mix = await api.get(f"/dj/recordings/{recording_id}/download", by=anna)
    assert (mix.headers["Content-Type"], mix.body) == ("audio/flac", FLAC)
    assert 'filename="Friday 2026-03-01 20.20.flac"' in mix.headers["Content-Disposition"]
    part = await api.get(f"/dj/recordings/{recording_id}/download", by=anna, headers={"Range": "bytes=0-3"})
    assert (part.status, part.body) == (206, b"fLaC")
    sheet = await api.get(f"/dj/recordings/{recording_id}/cue-sheet", by=anna)
    assert (sheet.headers["Content-Type"], sheet.body) == ("application/x-cue", CUE)
    assert 'filename="Friday 2026-03-01 20.20.cue"' in sheet.headers["Content-Disposition"]
    linked = await api.get(items[0]["fileUrl"])
    assert (linked.status, linked.body) == (200, FLAC)


async def test_the_recording_of_another_dj_and_one_that_was_lost_do_not_exist(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    stream_id = await add_stream(api, anna)
    whole, lost = await add_recording(api, anna, stream_id), await add_recording(api, anna, stream_id, has_files=False)
    assert (await api.get("/dj/recordings", by=bert)).data["items"] == []
    for recording_id, by in ((whole, bert), (lost, anna), (str(uuid4()), anna)):
        for file in ("download", "cue-sheet"):
            reply = await api.get(f"/dj/recordings/{recording_id}/{file}", by=by)
            assert (reply.status, reply.code) == (404, "RECORDING_NOT_FOUND")


async def test_a_deleted_recording_is_gone_for_its_links_too_and_its_objects_with_it(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    recording_id = await add_recording(api, anna, await add_stream(api, anna))
    (item,) = (await api.get("/dj/recordings", by=anna)).data["items"]
    refused = await api.send("DELETE", f"/dj/recordings/{recording_id}", by=bert)
    assert (refused.status, refused.code) == (404, "RECORDING_NOT_FOUND")
    assert (await api.get(item["fileUrl"])).status == 200
    assert (await api.send("DELETE", f"/dj/recordings/{recording_id}", by=anna)).status == 200
    assert (await api.get("/dj/recordings", by=anna)).data["items"] == []
    assert (await api.get(item["fileUrl"])).status == 404
    assert (await api.send("DELETE", f"/dj/recordings/{recording_id}", by=anna)).status == 404
    (row,) = await api.execute("select kind, payload from job")
    objects = objects_of(api)
    assert len(await objects.keys_below("recordings")) == 2
    for _ in range(2):
        await RecordingDeletion(objects).run(Job(JobId(uuid4()), row["kind"], json.loads(row["payload"]), 1, "lease"))
    assert await objects.keys_below("recordings") == []


@pytest.mark.parametrize("key", ["recordings", "tracks/a/b.flac", "recordings/a/b/c.flac"], ids=["all", "track", "ids"])
async def test_only_objects_of_one_recording_are_deleted_as_such(api: Api, key: str) -> None:
    with pytest.raises(ValueError, match="no object of a recording"):
        await RecordingDeletion(objects_of(api)).run(Job(JobId(uuid4()), "x", {"keys": [key]}, 1, "lease"))


async def test_storage_counts_what_is_kept_and_what_is_promised(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    await add_track(api, anna, file_size=700)
    await add_held_track(api, anna)
    await add_processing_track(api, anna)
    rejected = {"status": "rejected", "problem_code": "SILENT", "problem_message": "Nothing is heard."}
    await add_track(api, anna, file_size=9_000_000, **rejected)
    await api.execute(
        "insert into upload (dj_id, file_name, length_bytes, offset_bytes, created_at, expires_at)"
        " values ($1, 'x.wav', 5000, 10, now(), now() + interval '1 day')",
        anna.user_id,
    )
    await add_recording(api, anna, await add_stream(api, anna), has_files=False)
    assert (await api.get("/dj/storage", by=anna)).data == {
        "usedBytes": 700 + 1_000 + 1_000 + 5_000,
        "limitBytes": api.settings.dj_storage_bytes,
        "trackCount": 4,
        "recordingCount": 1,
        "recordingsBytes": len(FLAC),
        "recordingsLimitBytes": api.settings.dj_recordings_bytes,
    }
    nothing = (await api.get("/dj/storage", by=bert)).data
    assert (nothing["usedBytes"], nothing["trackCount"], nothing["recordingsBytes"]) == (0, 0, 0)
