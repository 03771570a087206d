"""Who has a stream's publisher is fenced: claims of workers in a real Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import redis.asyncio

from media_server.control.load import ProcessLoad
from media_server.control.origins import OriginClaims
from media_server.router.room_state import RoomState
from media_server.sessions.live_room import LiveRoom, Role
from tests.support.media_worker import media_worker
from tests.support.waiting import eventually

LEASE_MS = 2000


class RoomOfRouter:
    def __init__(self, generation: int) -> None:
        self.state = RoomState(grace_s=30, now=0.0)
        self.state.generation = generation
        self.state.publisher_heard(now=0.0)


class StandInRoom:
    """What is looked at of a room."""

    def __init__(self, stream_id: str, generation: int, *, role: Role = "origin") -> None:
        self.stream_id = stream_id
        self.role = role
        self.room = RoomOfRouter(generation)


def room(stream_id: str, generation: int, *, role: Role = "origin") -> LiveRoom:
    return cast("LiveRoom", StandInRoom(stream_id, generation, role=role))


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    async with redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as connected:
        yield connected


def claims(valkey: redis.asyncio.Redis, worker_id: str) -> OriginClaims:
    return OriginClaims(valkey, worker_id, internal_url=f"http://{worker_id}", lease_ms=LEASE_MS)


async def told(valkey: redis.asyncio.Redis, stream_id: str) -> dict[str, Any]:
    return dict(await cast("Any", valkey.hgetall(f"media:origin:{stream_id}")))


async def test_an_origin_says_where_it_is_with_a_lease(valkey: redis.asyncio.Redis) -> None:
    assert await claims(valkey, "a").write([room("s", 3), room("t", 1)]) == []
    assert await told(valkey, "s") == {"worker_id": "a", "internal_url": "http://a", "generation": "3", "fence": "3"}
    assert 0 < await valkey.pttl("media:origin:s") <= LEASE_MS
    assert (await told(valkey, "t"))["generation"] == "1"


async def test_a_newer_publisher_takes_the_stream_and_the_older_one_is_told(valkey: redis.asyncio.Redis) -> None:
    a, b = claims(valkey, "a"), claims(valkey, "b")
    older, newer, other = room("s", 3), room("s", 4), room("t", 1)
    await a.write([older, other])
    assert await b.write([newer]) == []
    assert await a.write([older, other]) == [older]
    assert (await told(valkey, "s"))["worker_id"] == "b"
    # What is lost is not let go of in the other's name.
    await a.write([other])
    assert (await told(valkey, "s"))["worker_id"] == "b"


async def test_of_two_with_the_same_generation_the_first_has_the_stream(valkey: redis.asyncio.Redis) -> None:
    second = room("s", 3)
    await claims(valkey, "a").write([room("s", 3)])
    assert await claims(valkey, "b").write([second]) == [second]
    assert await claims(valkey, "a").write([room("s", 3)]) == []


async def test_edges_and_rooms_without_a_publisher_claim_nothing_and_what_is_over_is_let_go(
    valkey: redis.asyncio.Redis,
) -> None:
    a, ending = claims(valkey, "a"), room("s", 3)
    await a.write([ending, room("e", 3, role="edge"), room("w", 0)])
    assert [await told(valkey, "e"), await told(valkey, "w")] == [{}, {}]
    ending.room.state.end("ended", now=1.0)
    await a.write([ending])
    assert await told(valkey, "s") == {}
    await a.write([room("t", 1)])
    await a.resign()
    assert await told(valkey, "t") == {}


async def test_a_worker_claims_its_streams_and_says_how_busy_it_is(valkey_url: str) -> None:
    async with (
        redis.asyncio.Redis.from_url(valkey_url, decode_responses=True) as valkey,
        media_worker(valkey_url, max_sessions=10) as worker,
    ):
        await worker.publish("claimed", generation=7)
        await worker.watch("claimed")

        async def is_claimed() -> bool:
            return bool((await told(valkey, "claimed")).get("generation") == "7")

        await eventually(is_claimed)
        assert (await told(valkey, "claimed"))["internal_url"] == worker.url

        async def is_said() -> bool:
            return bool(0.2 <= (await worker.snapshot())["load"] <= 1.0)

        await eventually(is_said)
        worker.running.cancel()
        await asyncio.wait({worker.running})
        assert await told(valkey, "claimed") == {}


def test_the_load_is_the_greater_of_two_shares_and_never_above_one() -> None:
    now = cpu = 0.0
    load = ProcessLoad(clock=lambda: now, cpu_clock=lambda: cpu)
    assert load.measure(sessions=250, max_sessions=1000) == 0.25
    for _ in range(20):
        now, cpu = now + 0.5, cpu + 0.4
        load.measure(sessions=0, max_sessions=1000)
    assert load.measure(sessions=0, max_sessions=1000) == pytest.approx(0.8, abs=0.01)
    assert load.measure(sessions=900, max_sessions=1000) == 0.9
    for _ in range(20):
        now, cpu = now + 0.5, cpu + 2.0
        load.measure(sessions=0, max_sessions=1000)
    assert load.measure(sessions=0, max_sessions=1000) == 1.0


def test_the_load_may_be_asked_for_at_any_time() -> None:
    now = cpu = 0.0
    load = ProcessLoad(clock=lambda: now, cpu_clock=lambda: cpu)
    cpu = 0.01
    assert load.measure(sessions=0, max_sessions=10) == 0.0
    now = 0.001
    assert load.measure(sessions=0, max_sessions=10) == 0.0
