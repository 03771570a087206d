"""Claims about streams becoming replays, whoever dies meanwhile."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from control_api.event_stream import CONSUMER, GROUP
from control_api.replays.events import STREAM
from tests.control_api.conftest import StartApi
from tests.control_api.replays.conftest import AAC, AVC, kept, live, record, recorder_of, wanted_recording
from tests.control_api.support.api import Account, Api, MovingClock, api_settings, running_api
from tests.control_api.support.encoder import let_in, new_key
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.recorder import Piece, has_kept_all
from tests.support.servers import OwnPostgres
from tests.support.waiting import eventually

GONE = "00000000-0000-4000-8000-000000000000"


async def replay_of(api: Api, replay_id: str, by: Account | None = None) -> dict[str, Any]:
    replay: dict[str, Any] = (await api.get(f"/replay/{replay_id}", by=by)).data["replay"]
    return replay


async def test_a_recording_is_a_replay_from_its_first_segment_on(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    stream_id = await live(api, anna)
    assert (await api.get(f"/stream/{stream_id}")).data["stream"]["replayId"] is None
    recorder = await recorder_of(api, worker, anna, stream_id)
    await record(recorder, 3)
    await kept(recorder)
    replay = await replay_of(api, recorder.recording_id)
    assert (replay["state"], replay["visibility"], replay["endedAt"]) == ("recording", "public", None)
    assert replay["durationS"] == pytest.approx(3, abs=1.1)
    assert replay["bytes"] == sum(said["bytes"] for said in recorder.said if said["event"] == "segment")
    assert replay["renditions"] == [
        {"name": "video", "width": 64, "height": 48},
        {"name": "audio", "width": 0, "height": 0},
    ]
    assert (await api.get(f"/stream/{stream_id}")).data["stream"]["replayId"] == recorder.recording_id
    await recorder.over()
    await kept(recorder)
    replay = await replay_of(api, recorder.recording_id)
    assert replay["state"] == "ready"
    assert replay["endedAt"].startswith("2023-11-14T22:13:2")


async def test_what_comes_twice_is_kept_once(start_api: StartApi, worker: SnapshotWriter) -> None:
    api, _other = await start_api(), await start_api()
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 2)
    await kept(recorder)
    before = await replay_of(api, recorder.recording_id)
    for said in list(recorder.said):
        await worker.valkey.xadd(STREAM, {"json": json.dumps(said)})
    await kept(recorder)
    assert await replay_of(api, recorder.recording_id) == before


async def test_what_a_process_read_and_did_not_keep_is_kept_by_the_next(
    start_api: StartApi, worker: SnapshotWriter
) -> None:
    """As a process that is killed between reading and the commit leaves it."""
    await worker.valkey.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    await worker.valkey.xadd(STREAM, {"json": "{}"})
    streams: dict[Any, Any] = {STREAM: ">"}
    await worker.valkey.xreadgroup(GROUP, CONSUMER, streams)
    await start_api()

    async def is_kept() -> bool:
        return await has_kept_all(worker.valkey)

    await eventually(is_kept)


async def test_what_was_said_during_an_outage_of_postgresql_is_kept_after_it(
    worker: SnapshotWriter, valkey_url: str, own_postgres: OwnPostgres, tmp_path: Path
) -> None:
    settings = api_settings(own_postgres.dsn("postgres"), valkey_url, objects_url=(tmp_path / "objects").as_uri())
    async with running_api(settings) as api:
        anna = await api.account("dj")
        recorder = await recorder_of(api, worker, anna, await live(api, anna))
        own_postgres.kill()
        await record(recorder, 2)
        own_postgres.start()
        await kept(recorder)
        assert (await replay_of(api, recorder.recording_id))["durationS"] > 1.5


def nonsense() -> list[str]:
    stray = f"replays/{GONE}/{GONE}/{GONE[:-1]}1/video-1.m4s"
    segment = {"event": "segment", "recording_id": GONE, "rendition": "video", "number": 1, "init": 0, "duration_s": 1,
               "object_key": stray, "media_s": 0, "date_time": 0, "bytes": 1, "discontinuity": False}  # fmt: skip
    over = {"event": "recorded", "recording_id": GONE, "reason": "ended"}
    odd = ["", "{", "[]", "null", '{"event": "exploded"}', '{"event": "segment"}', json.dumps({"x": "y" * 5_000})]
    return [*odd, json.dumps(over), json.dumps(segment)]


async def test_what_makes_no_sense_holds_nothing_up(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    for raw in nonsense():
        await worker.valkey.xadd(STREAM, {"json": raw})
    await worker.valkey.xadd(STREAM, {"other": "field"})
    await record(recorder, 1)
    await kept(recorder)
    assert (await replay_of(api, recorder.recording_id))["durationS"] > 0
    assert await api.execute("select from job where kind = 'delete_replay'") == []


UNFIT: list[dict[str, Any]] = [
    {"object_key": "replays/../../etc/passwd.m4s"}, {"object_key": f"replays/{GONE}/{GONE}/{GONE}/video-1.m4s"},
    {"duration_s": 0}, {"duration_s": 1e400}, {"number": -1}, {"rendition": "../x"}, {"rendition": "never_told"},
    {"init": 7}, {"bytes": 2**63}, {"date_time": 1e300},
]  # fmt: skip


async def test_a_segment_that_cannot_be_one_is_let_go(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 1)
    good = next(said for said in recorder.said if said["event"] == "segment")
    for changes in UNFIT:
        await worker.valkey.xadd(STREAM, {"json": json.dumps(good | {"number": 999} | changes)})
    await kept(recorder)
    rows = await api.execute("select number from replay_segment where rendition = 'video'")
    assert [row["number"] for row in rows] == [101]


async def test_switching_off_ends_a_recording_and_switching_on_begins_another(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("performer")
    stream_id = await live(api, anna)
    first = await recorder_of(api, worker, anna, stream_id)
    await record(first, 1)
    assert (await api.post(f"/stream/{stream_id}/recording", {"on": False}, by=anna)).status == 200

    async def is_off() -> bool:
        return json.loads(str(await worker.valkey.get(f"media:spec:{stream_id}")))["recording"] is None

    await eventually(is_off)
    await first.over("switched_off")
    await kept(first)
    assert (await replay_of(api, first.recording_id))["state"] == "ready"
    second = await recorder_of(api, worker, anna, stream_id)
    assert second.recording_id != first.recording_id


async def test_switching_on_twice_is_one_recording(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    stream_id = await live(api, anna)
    first = await recorder_of(api, worker, anna, stream_id)
    again = await recorder_of(api, worker, anna, stream_id)
    assert again.recording_id == first.recording_id


async def test_only_its_creator_has_a_stream_recorded(api: Api, worker: SnapshotWriter) -> None:
    stream_id = await live(api, await api.account("dj"))
    mallory = await api.account("dj")
    assert (await api.post(f"/stream/{stream_id}/recording", {"on": True}, by=mallory)).code == "FORBIDDEN"
    assert (await api.post(f"/stream/{GONE}/recording", {"on": True}, by=mallory)).code == "STREAM_NOT_FOUND"


async def test_a_stream_that_has_ended_is_not_recorded(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    stream_id = await live(api, anna)
    await api.post("/dj/end-stream", by=anna)
    assert (await api.post(f"/stream/{stream_id}/recording", {"on": True}, by=anna)).code == "STREAM_ENDED"


async def test_an_encoders_stream_is_recorded_where_its_creator_wants_that(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    wish = {"title": "x", "description": "", "record": True, "takeOver": False}
    await api.send("PUT", "/stream/encoder", json=wish, by=anna)
    _, secret = await new_key(api, anna)
    grant = await let_in(api, secret)
    recording = await wanted_recording(worker, grant["streamId"])
    assert recording["prefix"] == f"replays/{anna.user_id}/{grant['streamId']}/{recording['recording_id']}"


async def test_room_is_what_other_replays_leave_and_none_is_said(start_api: StartApi, worker: SnapshotWriter) -> None:
    api = await start_api(replays_bytes=1_000)
    anna = await api.account("dj")
    first_id = await live(api, anna)
    first = await recorder_of(api, worker, anna, first_id)
    assert (await wanted_recording(worker, first_id))["room_bytes"] == 1_000
    await first.init("video", b"init", kind="video", codec=AVC, size=(64, 48))
    await first.segment("video", Piece(b"x" * 700, 1.0, 0.0))
    await first.over("no_room")
    await kept(first)
    await api.post("/dj/end-stream", by=anna)
    second_id = await live(api, anna)
    second = await recorder_of(api, worker, anna, second_id)
    assert (await wanted_recording(worker, second_id))["room_bytes"] == 300
    await second.init("audio", b"init", kind="audio", codec=AAC)
    await second.segment("audio", Piece(b"x" * 300, 1.0, 0.0))
    await kept(second)
    await api.post("/dj/end-stream", by=anna)
    third_id = await live(api, anna)
    reply = await api.post(f"/stream/{third_id}/recording", {"on": True}, by=anna)
    assert (reply.status, reply.code) == (507, "QUOTA_EXCEEDED")


async def test_an_encoders_stream_goes_on_unrecorded_where_there_is_no_room(
    start_api: StartApi, worker: SnapshotWriter
) -> None:
    api = await start_api(replays_bytes=1)
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await recorder.init("video", b"init", kind="video", codec=AVC, size=(64, 48))
    await recorder.segment("video", Piece(b"full", 1.0, 0.0))
    await kept(recorder)
    await api.post("/dj/end-stream", by=anna)
    wish = {"title": "x", "description": "", "record": True, "takeOver": False}
    await api.send("PUT", "/stream/encoder", json=wish, by=anna)
    _, secret = await new_key(api, anna)
    grant = await let_in(api, secret)

    async def is_given_up() -> bool:
        [row] = await api.execute("select record, recording_id from stream where id = $1", grant["streamId"])
        return (row["record"], row["recording_id"]) == (False, None)

    await eventually(is_given_up)


async def test_a_recording_whose_worker_died_is_closed_and_goes_on_when_it_comes_back(
    start_api: StartApi, worker: SnapshotWriter, clock: MovingClock
) -> None:
    api = await start_api(replay_grace_s=60)
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 2)
    await kept(recorder)
    await api.post("/dj/end-stream", by=anna)
    clock.advance(seconds=61)

    async def is_ready() -> bool:
        return bool((await replay_of(api, recorder.recording_id))["state"] == "ready")

    await eventually(is_ready)
    before = await replay_of(api, recorder.recording_id)
    late = Piece(b"late", 2.0, 2.0)
    await recorder.segment("video", late)
    await recorder.over()
    await kept(recorder)
    after = await replay_of(api, recorder.recording_id)
    assert after["state"] == "ready"
    assert after["durationS"] > before["durationS"]


async def test_a_recording_that_goes_on_is_not_closed(
    start_api: StartApi, worker: SnapshotWriter, clock: MovingClock
) -> None:
    api = await start_api(replay_grace_s=60, publish_wait_s=3_600)
    anna = await api.account("dj")
    stream_id = await live(api, anna)
    recorder = await recorder_of(api, worker, anna, stream_id)
    await record(recorder, 1)
    await kept(recorder)
    clock.advance(seconds=61)
    # A round that is over after the clock moved has looked.
    await api.post("/stream/targets", {"platform": "twitch", "label": "x", "key": "k"}, by=anna)

    async def has_looked() -> bool:
        return bool(json.loads(str(await worker.valkey.get(f"media:spec:{stream_id}")))["targets"])

    await eventually(has_looked)
    assert (await replay_of(api, recorder.recording_id))["state"] == "recording"


async def test_a_recording_of_which_nothing_came_has_failed_and_only_its_creator_knows(
    api: Api, worker: SnapshotWriter
) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await recorder.over()
    await kept(recorder)
    listed = (await api.get("/stream/replays", by=anna)).data["items"]
    assert [(item["id"], item["state"]) for item in listed] == [(recorder.recording_id, "failed")]
    assert (await api.get("/stream/replays")).data["items"] == []


async def test_of_a_stream_that_was_never_published_there_is_no_replay(
    start_api: StartApi, worker: SnapshotWriter, clock: MovingClock
) -> None:
    api = await start_api(replay_grace_s=1)
    anna = await api.account("dj")
    await recorder_of(api, worker, anna, await live(api, anna))
    clock.advance(seconds=121)

    async def is_over() -> bool:
        return (await api.get("/stream/current", by=anna)).data["stream"] is None

    await eventually(is_over)
    clock.advance(seconds=2)

    async def is_forgotten() -> bool:
        return await api.execute("select from replay") == []

    await eventually(is_forgotten)


async def test_what_comes_of_a_replay_that_was_deleted_is_cleared_away(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 1)
    await kept(recorder)
    assert (await api.send("DELETE", f"/replay/{recorder.recording_id}", by=anna)).status == 200
    for _ in range(2):
        await recorder.segment("video", Piece(b"late", 1.0, 1.0))
    await kept(recorder)
    jobs = await api.execute("select payload::text from job where kind = 'delete_replay'")
    assert [json.loads(job["payload"]) for job in jobs] == [{"prefix": recorder.prefix}]
    [stream] = await api.execute("select record, recording_id from stream")
    assert (stream["record"], stream["recording_id"]) == (False, None)


async def test_events_of_recordings_nobody_knows_delete_nothing_else(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    recorder = await recorder_of(api, worker, anna, await live(api, anna))
    await record(recorder, 1)
    stranger = dict(next(said for said in recorder.said if said["event"] == "segment"))
    stranger["recording_id"] = str(uuid4())
    await worker.valkey.xadd(STREAM, {"json": json.dumps(stranger)})
    await kept(recorder)
    assert await api.execute("select from job where kind = 'delete_replay'") == []
