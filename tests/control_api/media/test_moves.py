"""Claims about who is told to go to another media worker, and where they are sent: rules alone, then a running API."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from control_api.identity import StreamId
from control_api.media.models import RoomSnapshot, WorkerSnapshot
from control_api.media.moves import Move, Moves
from control_api.media.registry import NoMediaWorker, for_publisher, for_viewer
from tests.control_api.media.test_reconciler import reaches
from tests.control_api.streams.test_publishing import start
from tests.control_api.streams.test_watching import on_air
from tests.control_api.support.api import Announcements, Api
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.support.waiting import eventually

START = datetime(2026, 1, 1, tzinfo=UTC)
STREAM, OTHER = StreamId(UUID(int=1)), StreamId(UUID(int=2))


def snapshot(
    worker_id: str, *streams: StreamId, draining: bool = False, load: float = 0.0, started_at: float = 1.0
) -> WorkerSnapshot:
    return WorkerSnapshot(
        worker_id=worker_id,
        started_at=started_at,
        http_port=3100,
        internal_url="http://w",
        viewers=0,
        draining=draining,
        load=load,
        rooms={stream: RoomSnapshot(state="live", generation=1, viewers=1) for stream in streams},
    )


def of(*workers: WorkerSnapshot) -> dict[str, WorkerSnapshot]:
    return {worker.worker_id: worker for worker in workers}


def test_whoever_was_at_a_worker_that_is_gone_is_told_once() -> None:
    moves = Moves()
    both = of(snapshot("a", STREAM, OTHER), snapshot("b", STREAM))
    assert moves.look(both, set(), START) == []
    assert set(moves.known_workers) == {"a", "b"}
    left = of(snapshot("b", STREAM))
    assert moves.look(left, set(), START + timedelta(seconds=1)) == []
    told = moves.look(left, {"a"}, START + timedelta(seconds=2))
    assert set(told) == {Move(STREAM, "a"), Move(OTHER, "a")}
    assert moves.look(left, {"a"}, START + timedelta(seconds=9)) == []


def test_whoever_was_at_a_worker_that_was_started_again_is_told_though_it_was_never_missed() -> None:
    moves = Moves()
    moves.look(of(snapshot("a", STREAM, OTHER)), set(), START)
    again = of(snapshot("a", OTHER, started_at=9.0))
    assert set(moves.look(again, set(), START + timedelta(seconds=3))) == {Move(STREAM, "a"), Move(OTHER, "a")}
    assert moves.look(again, set(), START + timedelta(seconds=9)) == []


def test_whoever_is_at_a_worker_that_is_about_to_leave_is_told_again_until_gone() -> None:
    moves = Moves()
    leaving = of(snapshot("a", STREAM, draining=True), snapshot("b", OTHER))
    told = [moves.look(leaving, set(), START + timedelta(seconds=second)) for second in range(7)]
    move = [Move(STREAM, "a")]
    assert told == [move, [], [], move, [], [], move]
    assert moves.look(of(snapshot("a", draining=True)), set(), START + timedelta(seconds=9)) == []


def test_viewers_stay_with_the_publishers_worker_until_it_is_busy_and_go_to_the_least_busy_one_then() -> None:
    others = (snapshot("b", load=0.5), snapshot("c", load=0.2))
    assert for_viewer(of(snapshot("a", load=0.69), *others), "a").worker_id == "a"
    assert for_viewer(of(snapshot("a", load=0.7), *others), "a").worker_id == "c"
    assert for_viewer(of(snapshot("a", load=0.9)), "a").worker_id == "a"
    assert for_viewer(of(*others), "a").worker_id == "c"


def test_nobody_is_sent_to_a_worker_that_is_about_to_leave() -> None:
    leaving, staying = snapshot("a", draining=True), snapshot("b", load=0.9)
    assert for_viewer(of(leaving, staying), "a").worker_id == "b"
    assert for_publisher(of(leaving, staying), "a", {}).worker_id == "b"
    assert for_publisher(of(snapshot("a"), staying), "a", {"a": 9}).worker_id == "a"
    with pytest.raises(NoMediaWorker):
        for_viewer(of(leaving), "a")
    with pytest.raises(NoMediaWorker):
        for_publisher(of(leaving), "a", {})


async def test_a_viewer_of_a_busy_worker_is_sent_to_another_and_finds_hls_where_the_publisher_is(
    api: Api, worker: SnapshotWriter, valkey_url: str
) -> None:
    stream_id = await on_air(api, worker, await api.account("dj"))
    async with running_worker(SnapshotWriter(valkey_url, "second", public_url="https://second.example")) as second:
        watch = (await api.post(f"/stream/{stream_id}/join")).data["watch"]
        assert (watch["workerId"], watch["originId"]) == ("worker-1", "worker-1")
        worker.load = 0.95
        await worker.write()
        joined = (await api.post(f"/stream/{stream_id}/join")).data
        watch = joined["watch"]
        assert (watch["workerId"], watch["originId"]) == ("second", "worker-1")
        assert watch["whepUrl"].startswith("https://second.example/whep/")
        assert not watch["hlsUrl"].startswith("https://second.example")
        # Whoever leaves is let in nowhere any more.
        await api.post(f"/stream/{stream_id}/leave", {"viewerId": joined["viewerId"]})
        drop = {"command": "drop_viewer", "stream_id": stream_id, "viewer_id": joined["viewerId"]}
        assert drop in await worker.commands()
        assert drop in await second.commands()


async def test_an_edges_viewers_count_and_its_room_says_nothing_about_the_stream(
    api: Api, worker: SnapshotWriter, valkey_url: str
) -> None:
    stream_id = await on_air(api, worker, await api.account("dj"), viewers=2)
    async with running_worker(SnapshotWriter(valkey_url, "edge")) as edge:
        edge.room(stream_id, "live", role="edge", viewers=5)
        await edge.write()
        await reaches(api, stream_id, mediaState="live", viewerCount=7)
        edge.room(stream_id, "interrupted", role="edge", viewers=5)
        await edge.write()
        worker.room(stream_id, "live", viewers=3)
        await worker.write()
        await reaches(api, stream_id, mediaState="live", viewerCount=8)
        worker.room(stream_id, "interrupted", viewers=3)
        edge.room(stream_id, "live", role="edge", viewers=5)
        await edge.write()
        await worker.write()
        await reaches(api, stream_id, mediaState="interrupted", viewerCount=8)
        assert await edge.commands() == []


async def test_a_publisher_at_a_worker_that_leaves_goes_on_at_another_and_is_live_meanwhile(
    api: Api, worker: SnapshotWriter, valkey_url: str, announcements: Announcements
) -> None:
    anna = await api.account("dj")
    stream_id = await on_air(api, worker, anna)
    async with running_worker(SnapshotWriter(valkey_url, "second")) as second:
        worker.draining = True
        await worker.write()
        await eventually(lambda: (stream_id, "worker-1") in announcements.moves)
        publish = (await api.post(f"/stream/{stream_id}/publish", by=anna)).data["publish"]
        assert publish["workerId"] == "second"
        assert (await api.post(f"/stream/{stream_id}/join")).data["watch"]["workerId"] == "second"
        await worker.write()
        assert (await api.get(f"/stream/{stream_id}")).data["stream"]["mediaState"] == "live"
        second.room(stream_id, "live", generation=publish["generation"], viewers=1)
        await second.write()
        await reaches(api, stream_id, mediaState="live", viewerCount=1)
        released = {"command": "release_stream", "stream_id": stream_id}

        async def is_told() -> bool:
            return released in await worker.commands()

        await eventually(is_told)
        assert "interrupted" not in [state.media_state.value for state in announcements.states]


async def test_those_at_a_worker_that_died_are_told_to_go_elsewhere(
    api: Api, worker: SnapshotWriter, valkey_url: str, announcements: Announcements
) -> None:
    async with running_worker(SnapshotWriter(valkey_url, "edge")) as edge:
        stream_id = await on_air(api, worker, await api.account("dj"))
        edge.room(stream_id, "live", role="edge", viewers=5)
        await edge.write()
        await reaches(api, stream_id, viewerCount=5)
    await edge.vanish()
    await eventually(lambda: announcements.moves == [(stream_id, "edge")])
    await reaches(api, stream_id, mediaState="live", viewerCount=0)


async def test_nothing_starts_where_every_worker_is_about_to_leave(api: Api, worker: SnapshotWriter) -> None:
    worker.draining = True
    await worker.write()
    reply = await api.post("/dj/start-stream", {"title": "Late set"}, by=await api.account("dj"))
    assert (reply.status, reply.code) == (503, "NO_MEDIA_WORKER")
    worker.draining = False
    await worker.write()
    assert (await start(api, await api.account("dj")))["publish"]["workerId"] == "worker-1"
