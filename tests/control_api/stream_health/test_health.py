"""Claims about what a creator is told of how their stream arrives."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.control_api.conftest import StartApi
from tests.control_api.support.api import Account, Api
from tests.control_api.support.media_worker import SnapshotWriter
from tests.support.waiting import eventually

TARGET_ID = "6b1f7e4a-57c1-4a52-9a35-0f4f4f6f2b11"
DETAILS: dict[str, Any] = {
    "ingest": "rtmp",
    "preview": True,
    "ladder": "on",
    "renditions": [
        {"name": "video", "codec": "avc1.64001f", "width": 1280, "height": 720, "bitrate_bps": 3_000_000,
         "origin": "source"},
    ],
    "recording": {"recording_id": "r", "state": "recording", "seconds": 12.5, "bytes": 4_711},
    "health": {
        "level": "fair", "bitrate_bps": 2_900_000, "fps": 29.9, "keyframe_s": 8.3,
        "findings": [{"code": "KEYFRAMES_FAR_APART", "level": "fair", "message": "Far apart.", "setting": "2 s"}],
    },
    "targets": {
        TARGET_ID: {"state": "waiting", "since": 1_700_000_000.0, "bitrate_bps": 0, "dropped_s": 1.5,
                    "problem": "refused", "retry_at": 1_700_000_009.0},
    },
}  # fmt: skip
TOLD: dict[str, Any] = {
    "ingest": "rtmp",
    "ladder": "on",
    "renditions": [
        {"name": "video", "codec": "avc1.64001f", "width": 1280, "height": 720, "bitrateBps": 3_000_000,
         "origin": "source"},
    ],
    "record": False,
    "recording": {"recordingId": "r", "state": "recording", "seconds": 12.5, "bytes": 4_711},
    "health": {
        "level": "fair", "bitrateBps": 2_900_000, "fps": 29.9, "keyframeS": 8.3,
        "findings": [{"code": "KEYFRAMES_FAR_APART", "level": "fair", "message": "Far apart.", "setting": "2 s"}],
    },
    "targets": {
        TARGET_ID: {"state": "waiting", "since": 1_700_000_000.0, "bitrateBps": 0, "droppedS": 1.5,
                    "problem": "refused", "retryAt": 1_700_000_009.0},
    },
}  # fmt: skip
NOTHING: dict[str, Any] = {
    "health": None,
    "ingest": None,
    "renditions": [],
    "ladder": "off",
    "record": False,
    "recording": None,
    "targets": {},
}


async def live(api: Api, worker: SnapshotWriter, by: Account, **details: Any) -> str:
    """A live stream of which the worker says this."""
    stream_id = str((await api.post(f"/{by.role}/start-stream", {"title": "x"}, by=by)).data["stream"]["id"])
    worker.room(stream_id, "live")
    worker.rooms[stream_id] |= details
    await worker.write()

    async def is_live() -> bool:
        return bool((await api.get(f"/stream/{stream_id}")).data["stream"]["mediaState"] == "live")

    await eventually(is_live)
    return stream_id


async def health(api: Api, stream_id: str, by: Account) -> dict[str, Any]:
    told: dict[str, Any] = (await api.get(f"/stream/{stream_id}/health", by=by)).data
    return told


async def test_what_the_worker_says_is_told(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    stream_id = await live(api, worker, anna, **DETAILS)

    async def is_told() -> bool:
        return await health(api, stream_id, anna) == TOLD

    await eventually(is_told)
    assert await health(api, stream_id, await api.account("admin")) == TOLD


async def test_others_are_not_told(api: Api, worker: SnapshotWriter) -> None:
    stream_id = await live(api, worker, await api.account("dj"), **DETAILS)
    mallory = await api.account("dj")
    assert (await api.get(f"/stream/{stream_id}/health", by=mallory)).code == "FORBIDDEN"
    assert (await api.get(f"/stream/{uuid4()}/health", by=mallory)).code == "STREAM_NOT_FOUND"


async def test_of_a_stream_without_a_room_there_is_nothing_to_tell(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    stream_id = str((await api.post("/dj/start-stream", {"title": "x"}, by=anna)).data["stream"]["id"])
    assert await health(api, stream_id, anna) == NOTHING


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("health", {"level": "superb"}), ("health", 7), ("health", DETAILS["health"] | {"findings": [{}] * 40}),
        ("renditions", "many"), ("renditions", DETAILS["renditions"] * 33),
        ("recording", {"recording_id": "x" * 100}), ("recording", DETAILS["recording"] | {"bytes": -1}),
        ("targets", {"no id": DETAILS["targets"][TARGET_ID]}), ("targets", []),
        ("ladder", "maybe"), ("ingest", "pigeon"),
    ],
    ids=range(11),
)  # fmt: skip
async def test_a_detail_that_makes_no_sense_is_left_out_and_the_worker_stays(
    api: Api, worker: SnapshotWriter, name: str, nonsense: Any
) -> None:
    anna = await api.account("dj")
    stream_id = await live(api, worker, anna, **DETAILS | {name: nonsense})
    expected = TOLD | {name: NOTHING[name]}

    async def is_left_out() -> bool:
        return await health(api, stream_id, anna) == expected

    await eventually(is_left_out)


async def test_a_picture_of_a_live_stream_is_at_its_worker(start_api: StartApi, worker: SnapshotWriter) -> None:
    api = await start_api()
    anna = await api.account("dj")
    stream_id = await live(api, worker, anna, preview=True)
    worker.public_url = "https://media.example.com"

    async def is_shown() -> bool:
        [stream] = (await api.get("/stream/live")).data["streams"]
        return bool(stream["thumbnailUrl"] == f"https://media.example.com/preview/{stream_id}.jpg")

    await eventually(is_shown)
    joined = (await api.post(f"/stream/{stream_id}/join")).data["stream"]
    assert joined["thumbnailUrl"] == f"https://media.example.com/preview/{stream_id}.jpg"
    await api.post("/dj/end-stream", by=anna)
    assert (await api.get(f"/stream/{stream_id}")).data["stream"]["thumbnailUrl"] is None


async def test_without_a_picture_there_is_no_address_of_one(api: Api, worker: SnapshotWriter) -> None:
    stream_id = await live(api, worker, await api.account("dj"), preview=False)
    assert (await api.get(f"/stream/{stream_id}")).data["stream"]["thumbnailUrl"] is None


async def test_changes_are_told_the_creator_and_what_stays_is_not(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    async with worker.valkey.pubsub() as pubsub:
        await pubsub.subscribe(f"creator:{anna.user_id}")
        stream_id = await live(api, worker, anna, **DETAILS)
        heard: list[dict[str, Any]] = []

        async def has_heard(count: int) -> bool:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=0.05)
            if message is not None:
                heard.append(json.loads(message["data"]))
            return len(heard) >= count

        await eventually(lambda: has_heard(1))
        assert heard[0] == {"event": "stream:health", "data": {"streamId": stream_id, **TOLD}}
        worker.rooms[stream_id]["ladder"] = "no_room"
        await eventually(lambda: has_heard(2), timeout_s=10)
        assert heard[1]["data"]["ladder"] == "no_room"
        # The same was said at each of the worker's writes in between.
        assert len(heard) == 2
