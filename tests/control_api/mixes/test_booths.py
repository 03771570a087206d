"""Claims about opening a booth, being in it, going on air from it and closing it."""

import asyncio

import pytest

from media_server.tokens import TokenVerifier
from tests.control_api.conftest import StartApi
from tests.control_api.mixes.conftest import invite, open_booth
from tests.control_api.replays.conftest import wanted_recording
from tests.control_api.streams.test_publishing import media_key, start
from tests.control_api.support.api import Announcements, Api
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn
from tests.support.waiting import eventually


async def test_a_dj_opens_a_booth_and_finds_it_again(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna = await api.account("dj")
    assert (await api.get("/dj/mix", by=anna)).data == {"mix": None, "stream": None}
    opened = await api.post("/dj/mix", {"deckCount": 4}, by=anna)
    assert opened.status == 201
    mix, stream = opened.data["mix"], opened.data["stream"]
    assert mix["id"] == mix["streamId"] == stream["id"]
    assert (mix["deckCount"], mix["onAir"], mix["leadId"]) == (4, False, str(anna.user_id))
    assert mix["members"] == [{"userId": str(anna.user_id), "username": anna.username, "isLead": True}]
    assert (stream["status"], stream["mediaState"]) == ("scheduled", "waiting")
    again = await api.post("/dj/mix", by=anna)
    assert (again.status, again.data["mix"]["id"], again.data["mix"]["deckCount"]) == (200, mix["id"], 4)
    assert (await api.get("/dj/mix", by=anna)).data["mix"]["id"] == mix["id"]
    assert (await api.get("/stream/current", by=anna)).data["stream"]["id"] == mix["id"]


async def test_a_booth_says_how_it_does_at_its_mixer(api: Api, worker: SnapshotWriter, valkey_url: str) -> None:
    anna, stand_in = await api.account("dj"), MixerStandIn(valkey_url, "mixer-1")
    await stand_in.write()
    await open_booth(api, anna)

    async def state() -> str:
        return str((await api.get("/dj/mix", by=anna)).data["mix"]["state"])

    assert await state() == "starting"
    await eventually_runs(stand_in)
    assert await state() == "running"
    stand_in.problem = "FULL"
    await stand_in.write()
    assert await state() == "starting"
    await stand_in.vanish()
    assert await state() == "lost"
    await stand_in.valkey.aclose()


async def eventually_runs(mixer: MixerStandIn) -> None:
    """Until the mixer has taken up what it is to run, and said so."""

    async def runs() -> bool:
        await mixer.write()
        return await mixer.specs() != {}

    await eventually(runs)
    await mixer.write()


@pytest.mark.parametrize("missing", ["mixer", "media worker"])
async def test_without_a_mixer_or_a_media_worker_no_booth_opens(api: Api, valkey_url: str, missing: str) -> None:
    if missing == "mixer":
        await SnapshotWriter(valkey_url, "worker-1").write()
    else:
        await MixerStandIn(valkey_url, "mixer-1").write()
    reply = await api.post("/dj/mix", by=await api.account("dj"))
    assert (reply.status, reply.code) == (503, "NO_MIXER" if missing == "mixer" else "NO_MEDIA_WORKER")
    assert await api.execute("select from stream") == []


async def test_mixes_go_to_the_mixer_with_least_to_do_that_takes_more(
    api: Api, worker: SnapshotWriter, valkey_url: str
) -> None:
    for mixer_id, capacity, may_admit in (("full", 1, True), ("idle", 9, True), ("overworked", 9, False)):
        await MixerStandIn(valkey_url, mixer_id, capacity=capacity, may_admit=may_admit).write()
    opened = [await open_booth(api, await api.account("dj")) for _ in range(3)]
    assert len(set(opened)) == 3
    rows = await api.execute("select mixer_id, count(*) as n from mix group by 1 order by 1")
    assert [(row["mixer_id"], row["n"]) for row in rows] == [("full", 1), ("idle", 2)]


async def test_of_many_that_open_at_once_all_find_the_same_booth(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    nodes = [await start_api(), await start_api()]
    anna = await nodes[0].account("dj")
    replies = await asyncio.gather(*(nodes[n % 2].post("/dj/mix", by=anna) for n in range(10)))
    assert sorted(reply.status for reply in replies) == [200] * 9 + [201]
    assert len({reply.data["mix"]["id"] for reply in replies}) == 1
    assert len(await nodes[0].execute("select from stream")) == 1


async def test_who_is_live_from_a_camera_has_no_booth(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna = await api.account("dj")
    stream_id = (await start(api, anna))["stream"]["id"]
    for reply in (
        await api.post("/dj/mix", by=anna),
        await api.post("/dj/start-stream", {"title": "x", "source": "mix"}, by=anna),
    ):
        assert (reply.status, reply.code) == (409, "ALREADY_LIVE")
        assert reply.body["error"]["details"] == {"streamId": stream_id}


async def test_a_mix_is_recorded_where_its_creator_wanted_that_in_the_booth(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    stream_id = await open_booth(api, anna)
    await invite(api, stream_id, anna, bert)
    assert (await api.post(f"/stream/{stream_id}/recording", {"on": True}, by=bert)).code == "STREAM_NOT_FOUND"
    assert (await api.post(f"/stream/{stream_id}/recording", {"on": True}, by=anna)).status == 200
    told = (await api.get(f"/stream/{stream_id}/health", by=anna)).data
    assert (told["record"], told["recording"]) == (True, None)
    assert await worker.valkey.get(f"media:spec:{stream_id}") is None
    assert (await api.post("/dj/start-stream", {"title": "Kept"}, by=anna)).status == 201
    recording = await wanted_recording(worker, stream_id)
    assert recording["prefix"] == f"replays/{anna.user_id}/{stream_id}/{recording['recording_id']}"
    assert (await api.post(f"/stream/{stream_id}/recording", {"on": False}, by=anna)).status == 200
    assert (await api.get(f"/stream/{stream_id}/health", by=anna)).data["record"] is False


async def test_entering_gives_a_device_its_ways_and_each_time_a_newer_microphone(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    verifier, generations = TokenVerifier(media_key()), []
    for member in (anna, bert):
        entered = (await api.post(f"/dj/mix/{mix_id}/enter", by=member)).data
        assert entered["mix"]["id"] == entered["stream"]["id"] == mix_id
        assert entered["monitor"]["whepUrl"] == f"http://127.0.0.1:3100/whep/{mix_id}"
        assert entered["monitor"]["workerId"] == entered["talk"]["workerId"] == "worker-1"
        assert entered["talk"]["whipUrl"] == f"http://127.0.0.1:3100/whip/{mix_id}"
        monitor = verifier.verify(entered["monitor"]["token"], "monitor", stream_id=mix_id)
        talk = verifier.verify(entered["talk"]["token"], "talk", stream_id=mix_id)
        assert monitor.subject == talk.subject == str(member.user_id)
        generations.append(talk.generation)
    taken = (await api.post(f"/dj/mix/{mix_id}/talk", by=anna)).data["talk"]
    generations.append(verifier.verify(taken["token"], "talk", stream_id=mix_id).generation)
    assert generations == sorted(set(generations))


async def test_a_booth_goes_on_air_with_a_title_and_needs_no_publisher(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn, announcements: Announcements
) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    reply = await api.post("/dj/start-stream", {"title": "Late set", "description": "Two hours"}, by=anna)
    assert (reply.status, reply.data["publish"]) == (201, None)
    stream = reply.data["stream"]
    assert (stream["id"], stream["title"], stream["description"]) == (mix_id, "Late set", "Two hours")
    assert (stream["status"], stream["mediaState"]) == ("live", "waiting")
    assert (await api.get("/dj/mix", by=anna)).data["mix"]["onAir"] is True
    again = await api.post("/dj/start-stream", {"title": "Late set"}, by=anna)
    assert (again.code, again.body["error"]["details"]) == ("ALREADY_LIVE", {"streamId": mix_id})
    assert (await api.post(f"/stream/{mix_id}/publish", by=anna)).code == "STREAM_IS_MIX"

    worker.room(mix_id, "live", viewers=2)
    await worker.write()

    async def is_live() -> bool:
        return bool((await api.get(f"/stream/{mix_id}")).data["stream"]["mediaState"] == "live")

    await eventually(is_live)
    assert [item["id"] for item in (await api.get("/stream/live")).data["streams"]] == [mix_id]
    assert announcements.lobby == 1


async def test_the_source_mix_opens_a_booth_where_there_is_none(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna = await api.account("dj")
    started = (await api.post("/dj/start-stream", {"title": "x", "source": "mix"}, by=anna)).data
    assert (started["stream"]["status"], started["publish"]) == ("live", None)
    assert (await api.get("/dj/mix", by=anna)).data["mix"]["onAir"] is True


async def test_a_camera_is_refused_while_a_booth_is_open(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    reply = await api.post("/dj/start-stream", {"title": "x", "source": "camera"}, by=anna)
    assert (reply.code, reply.body["error"]["details"]) == ("ALREADY_LIVE", {"streamId": mix_id})
    assert (await api.post("/dj/start-stream", {"title": "x", "source": "tape"}, by=anna)).code == "VALIDATION_ERROR"


@pytest.mark.parametrize("way", ["close", "end-stream", "end-stream by id"])
async def test_a_mix_and_its_stream_end_together(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn, announcements: Announcements, way: str
) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    await api.post("/dj/start-stream", {"title": "x"}, by=anna)
    path, body = {
        "close": (f"/dj/mix/{mix_id}/close", None),
        "end-stream": ("/dj/end-stream", None),
        "end-stream by id": ("/dj/end-stream", {"streamId": mix_id}),
    }[way]
    ended = (await api.post(path, body, by=anna)).data["stream"]
    assert (ended["status"], ended["endedReason"]) == ("ended", "ended")
    assert (await api.get("/dj/mix", by=anna)).data == {"mix": None, "stream": None}
    for call in ("enter", "talk", "close"):
        assert (await api.post(f"/dj/mix/{mix_id}/{call}", by=anna)).code == "MIX_NOT_FOUND"
    assert {"command": "end_stream", "stream_id": mix_id} in await worker.commands()
    assert [state.status.value for state in announcements.states] == ["live", "ended"]

    async def is_let_go() -> bool:
        return await mixer.specs() == {}

    await eventually(is_let_go)
    assert (await api.post("/dj/mix", by=anna)).status == 201


async def test_a_booth_that_closes_before_it_started_says_so(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    assert (await api.post("/dj/end-stream", by=anna)).code == "NOT_LIVE"
    ended = (await api.post(f"/dj/mix/{mix_id}/close", by=anna)).data["stream"]
    assert (ended["status"], ended["endedReason"]) == ("ended", "never_started")


async def test_starting_and_closing_at_once_leave_a_stream_that_has_ended_and_no_booth(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    nodes = [await start_api(), await start_api()]
    for _ in range(5):
        anna = await nodes[0].account("dj")
        mix_id = await open_booth(nodes[0], anna)
        started, closed = await asyncio.gather(
            nodes[0].post("/dj/start-stream", {"title": "x", "source": "mix"}, by=anna),
            nodes[1].post(f"/dj/mix/{mix_id}/close", by=anna),
        )
        assert closed.status == 200
        # Where the booth was closed before the start looked for it, another is opened and taken on air.
        was_started = started.status == 201 and started.data["stream"]["id"] == mix_id
        assert closed.data["stream"]["endedReason"] == ("ended" if was_started else "never_started")
        if started.status != 201:
            assert started.code == "MIX_NOT_FOUND"
        (row,) = await nodes[0].execute(
            "select s.status, m.closed_at from stream s join mix m on m.stream_id = s.id where s.id = $1::text::uuid",
            mix_id,
        )
        assert row["status"] == "ended"
        assert row["closed_at"] is not None
