"""Claims about what mixers say being kept: each thing once, whoever dies meanwhile."""

import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest

from control_api.event_stream import CONSUMER, GROUP
from control_api.mixes.events import STREAM
from tests.control_api.conftest import StartApi
from tests.control_api.mixes.conftest import open_booth, ready_track
from tests.control_api.support.api import Account, Api
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn
from tests.support.waiting import eventually


def played(mix_id: str, track_id: UUID, *, entry_id: UUID | None = None, at: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "event": "played",
        "stream_id": mix_id,
        "track_id": str(track_id),
        "entry_id": str(entry_id) if entry_id else None,
        "at": at or time.time(),
        "on_air": True,
        "auto": False,
        **more,
    }


async def all_kept(mixer: MixerStandIn) -> None:
    """Until everything that was said is kept and acknowledged."""

    async def nothing_is_left() -> bool:
        groups: Any = await mixer.valkey.xinfo_groups(STREAM)
        return [(group["lag"], group["pending"]) for group in groups] == [(0, 0)]

    await eventually(nothing_is_left)


async def booth_and_track(api: Api, of: Account) -> tuple[str, UUID]:
    return await open_booth(api, of), await ready_track(api, of)


async def test_a_play_is_remembered_counted_and_taken_out_of_the_queue(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna = await api.account("dj")
    mix_id, track_id = await booth_and_track(api, anna)
    (entry,) = await api.execute(
        "insert into queue_entry (dj_id, track_id, position, added_at) values ($1, $2, 0, now()) returning id",
        anna.user_id,
        track_id,
    )
    await mixer.say(**played(mix_id, track_id, entry_id=entry["id"], at=1_700_000_000.25, auto=True))
    await all_kept(mixer)
    (play,) = await api.execute("select * from play")
    assert (str(play["stream_id"]), play["dj_id"], play["track_id"]) == (mix_id, anna.user_id, track_id)
    assert (play["title"], play["artist"]) == ("Two swords", "The Beat")
    assert (play["on_air"], play["by_auto_dj"], play["played_at"].timestamp()) == (True, True, 1_700_000_000.25)
    (track,) = await api.execute("select play_count, last_played_at from track")
    assert (track["play_count"], track["last_played_at"]) == (1, play["played_at"])
    assert await api.execute("select from queue_entry") == []


async def test_what_comes_twice_is_kept_once(start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    api, _other = await start_api(), await start_api()
    mix_id, track_id = await booth_and_track(api, await api.account("dj"))
    event = played(mix_id, track_id)
    for _ in range(3):
        await mixer.say(**event)
    await mixer.say(**played(mix_id, track_id, at=event["at"] + 200))
    await all_kept(mixer)
    assert len(await api.execute("select from play")) == 2
    (track,) = await api.execute("select play_count from track")
    assert track["play_count"] == 2


async def test_what_a_process_read_and_did_not_keep_is_kept_by_the_next(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    """As a process that is killed between reading and the commit leaves it."""
    await mixer.valkey.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    unknown = str(uuid4())
    await mixer.say(**played(unknown, uuid4()))
    streams: dict[Any, Any] = {STREAM: ">"}
    await mixer.valkey.xreadgroup(GROUP, CONSUMER, streams)
    await start_api()
    await all_kept(mixer)


async def test_hot_cues_are_those_that_were_set_last(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    mix_id, track_id = await booth_and_track(api, await api.account("dj"))
    first, last = [48_000.0, *[None] * 7], [None, 96_000.5, *[None] * 6]
    for cues in (first, last):
        await mixer.say(event="hot_cues", stream_id=mix_id, track_id=str(track_id), hot_cues=cues)
    await all_kept(mixer)
    (track,) = await api.execute("select hot_cues from track")
    assert json.loads(track["hot_cues"]) == last


async def test_hot_cues_of_a_track_of_somebody_elses_are_not_touched(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    mix_id = await open_booth(api, await api.account("dj"))
    foreign = await ready_track(api, await api.account("dj"))
    await mixer.say(event="hot_cues", stream_id=mix_id, track_id=str(foreign), hot_cues=[1.0, *[None] * 7])
    await all_kept(mixer)
    (track,) = await api.execute("select hot_cues from track")
    assert json.loads(track["hot_cues"]) == [None] * 8


async def test_a_recording_is_listed_for_whose_it_is(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    key = f"recordings/{anna.user_id}/{mix_id}/take"
    event = {
        "event": "recorded",
        "stream_id": mix_id,
        "object_key": f"{key}.flac",
        "cue_sheet_key": f"{key}.cue",
        "started_at": 1_700_000_000.5,
        "duration_s": 61.25,
        "bytes": 5_000_000_000,
    }
    for _ in range(2):
        await mixer.say(**event)
    await all_kept(mixer)
    (row,) = await api.execute("select * from mix_recording")
    assert (row["dj_id"], str(row["stream_id"]), row["object_key"]) == (anna.user_id, mix_id, f"{key}.flac")
    assert (row["started_at"].timestamp(), row["duration_s"], row["bytes"]) == (1_700_000_000.5, 61.25, 5_000_000_000)


GONE = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "raw",
    [
        "", "{", "[]", "null", '{"event": "exploded"}', '{"event": "played"}',
        json.dumps(played(GONE, UUID(GONE))),
        json.dumps(played(GONE, UUID(GONE), at=1e300)),
        json.dumps({"event": "hot_cues", "stream_id": GONE, "track_id": GONE, "hot_cues": [-1]}),
        json.dumps({"event": "recorded", "stream_id": GONE, "object_key": "../../etc/passwd", "cue_sheet_key": "",
                    "started_at": 0, "duration_s": 0, "bytes": 0}),
        json.dumps({"event": "recorded", "stream_id": GONE, "object_key": f"recordings/{GONE}/x", "cue_sheet_key": "",
                    "started_at": 0, "duration_s": 0, "bytes": 0}),
        json.dumps({"event": "recorded", "stream_id": GONE, "object_key": "x", "cue_sheet_key": "",
                    "started_at": 0, "duration_s": 0, "bytes": 0}),
    ],
    ids=range(12),
)  # fmt: skip
async def test_what_makes_no_sense_holds_nothing_up(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn, raw: str
) -> None:
    mix_id, track_id = await booth_and_track(api, await api.account("dj"))
    await mixer.valkey.xadd(STREAM, {"json": raw})
    await mixer.valkey.xadd(STREAM, {"other": "field"})
    await mixer.say(**played(mix_id, track_id))
    await all_kept(mixer)
    assert len(await api.execute("select from play")) == 1
    assert await api.execute("select from mix_recording") == []


async def test_a_play_of_a_track_that_was_deleted_meanwhile_is_let_go(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    mix_id, track_id = await booth_and_track(api, await api.account("dj"))
    await api.execute("delete from track")
    await mixer.say(**played(mix_id, track_id))
    await all_kept(mixer)
    assert await api.execute("select from play") == []
