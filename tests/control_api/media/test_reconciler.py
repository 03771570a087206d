"""Claims about streams following what the workers say, in a running API."""

import asyncio

from tests.control_api.conftest import StartApi
from tests.control_api.streams.test_publishing import start
from tests.control_api.streams.test_watching import on_air, titles
from tests.control_api.support.api import Announcements, Api, MovingClock
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.support.waiting import eventually


async def reaches(api: Api, stream_id: str, **expected: object) -> None:
    async def reached() -> bool:
        stream = (await api.get(f"/stream/{stream_id}")).data["stream"]
        return all(stream[name] == value for name, value in expected.items())

    await eventually(reached)


async def test_a_stream_follows_its_room_and_each_change_is_announced_once(
    start_api: StartApi, worker: SnapshotWriter, announcements: Announcements
) -> None:
    api, _other = await start_api(), await start_api()
    stream_id = (await start(api, await api.account("dj")))["stream"]["id"]
    for state, viewers in (("live", 0), ("live", 5), ("live", 3), ("interrupted", 1), ("live", 2)):
        worker.room(stream_id, state, viewers=viewers)
        await worker.write()
        await reaches(api, stream_id, mediaState=state, viewerCount=viewers)
    worker.room(stream_id, "ended", ended_reason="publisher_lost")
    await worker.write()
    await reaches(api, stream_id, status="ended", mediaState="ended", endedReason="publisher_lost", peakViewers=5)
    told = [(state.media_state.value, state.viewer_count) for state in announcements.states]
    assert told == [("live", 0), ("live", 5), ("live", 3), ("interrupted", 1), ("live", 2), ("ended", 0)]
    assert announcements.lobby == 4
    assert await titles(api) == []


async def test_a_message_hurries_what_would_have_come_within_a_second(api: Api, worker: SnapshotWriter) -> None:
    stream_id = (await start(api, await api.account("dj")))["stream"]["id"]
    loop = asyncio.get_running_loop()
    durations = []
    for viewers in range(1, 6):
        worker.room(stream_id, "live", viewers=viewers)
        started = loop.time()
        await worker.write()
        await reaches(api, stream_id, viewerCount=viewers)
        durations.append(loop.time() - started)
    assert min(durations) < 0.5


async def test_a_publisher_who_never_comes_ends_the_stream(
    api: Api, worker: SnapshotWriter, clock: MovingClock, announcements: Announcements
) -> None:
    stream_id = (await start(api, await api.account("dj")))["stream"]["id"]
    clock.advance(seconds=121)
    await reaches(api, stream_id, status="ended", endedReason="never_published")
    assert announcements.lobby == 0


async def test_a_stream_whose_worker_died_is_interrupted_and_ends_after_the_grace(
    start_api: StartApi, valkey_url: str
) -> None:
    api = await start_api(publish_grace_s=1)
    async with running_worker(SnapshotWriter(valkey_url, "mortal")) as writer:
        stream_id = await on_air(api, writer, await api.account("dj"), viewers=4)
    await writer.vanish()
    await reaches(api, stream_id, mediaState="interrupted", viewerCount=0)
    await reaches(api, stream_id, status="ended", endedReason="worker_lost")


async def test_the_same_stream_goes_on_when_its_publisher_comes_back_at_another_worker(
    api: Api, valkey_url: str
) -> None:
    anna = await api.account("dj")
    async with running_worker(SnapshotWriter(valkey_url, "first")) as first:
        stream_id = await on_air(api, first, anna)
    await first.vanish()
    async with running_worker(SnapshotWriter(valkey_url, "second")) as second:
        generation = (await api.post(f"/stream/{stream_id}/publish", by=anna)).data["publish"]["generation"]
        second.room(stream_id, "live", generation=generation, viewers=2)
        await second.write()
        await reaches(api, stream_id, mediaState="live", viewerCount=2)
        async with running_worker(first):
            await eventually_told(first, "release_stream", stream_id)
        assert await second.commands() == []


async def eventually_told(writer: SnapshotWriter, command: str, stream_id: str) -> None:
    async def told() -> bool:
        return {"command": command, "stream_id": stream_id} in await writer.commands()

    await eventually(told)


async def test_a_room_of_a_stream_that_has_ended_is_ended_again_until_it_obeys(
    api: Api, worker: SnapshotWriter
) -> None:
    anna = await api.account("dj")
    stream_id = await on_air(api, worker, anna)
    await api.post("/dj/end-stream", by=anna)
    await worker.valkey.delete("media:commands:worker-1")
    await eventually_told(worker, "end_stream", stream_id)


async def test_a_room_that_no_stream_explains_is_ended(api: Api, worker: SnapshotWriter) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    worker.room(unknown, "live")
    await worker.write()
    await eventually_told(worker, "end_stream", unknown)


async def test_a_snapshot_that_cannot_be_read_hides_its_worker_and_no_other(api: Api, worker: SnapshotWriter) -> None:
    for worker_id, raw in (("broken", "{"), ("hostile", '{"worker_id": "x", "rooms": 5}')):
        await worker.valkey.sadd("media:workers", worker_id)
        await worker.valkey.set(f"media:worker:{worker_id}", raw)
    await on_air(api, worker, await api.account("dj"))
    workers = (await api.get("/health/detailed")).data["media"]["workers"]
    assert [item["workerId"] for item in workers] == ["worker-1"]
