"""Several nodes on one Valkey, and what happens while it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import redis.asyncio

from signaling.bus import CHANNEL
from tests.signaling.conftest import Stream, World
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually


async def listeners(valkey_url: str) -> int:
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        [(_, count)] = await client.pubsub_numsub(CHANNEL)
        return int(count)


@pytest.fixture
async def mortal(own_valkey: OwnValkey) -> AsyncIterator[World]:
    """Nodes on a Valkey that the test may kill."""
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        yield World(own_valkey.url, stack)


async def all_listen(world: World, nodes: int) -> None:
    async def all_there() -> bool:
        return await listeners(world.valkey_url) == nodes

    await eventually(all_there)


async def test_an_announcement_reaches_clients_of_every_node(world: World) -> None:
    here, there = await world.node(), await world.node()
    stream = world.streams.put(Stream())
    near, far = await world.client(here), await world.client(there)
    await near.watch(stream)
    await far.watch(stream)
    await near.ask("lobby:watch")
    await far.ask("lobby:watch")
    await all_listen(world, 2)

    await here.signaling.stream_changed(world.streams.change(stream, media_state="live"))
    await here.signaling.lobby_changed()

    for client in (near, far):
        await eventually(lambda client=client: client.states[-1:] != [] and client.lobby_changes > 0)  # type: ignore[misc]
        assert client.states[-1]["mediaState"] == "live"


async def test_those_who_watch_a_stream_hear_on_every_node_which_media_worker_is_to_be_left(world: World) -> None:
    here, there = await world.node(), await world.node()
    stream, other = world.streams.put(Stream()), world.streams.put(Stream())
    near, far, elsewhere = await world.client(here), await world.client(there), await world.client(there)
    await near.watch(stream)
    await far.watch(stream)
    await elsewhere.watch(other)
    await all_listen(world, 2)
    await here.signaling.stream_moves(stream.stream_id, "media-1")
    await here.signaling.stream_moves(other.stream_id, "media-2")
    await eventually(lambda: all(client.all_of("stream:move") for client in (near, far, elsewhere)))
    told = {"streamId": str(stream.stream_id), "workerId": "media-1"}
    assert near.all_of("stream:move") == far.all_of("stream:move") == [told]
    assert [move["workerId"] for move in elsewhere.all_of("stream:move")] == ["media-2"]


async def test_clients_of_the_same_node_are_told_while_valkey_is_away(mortal: World, own_valkey: OwnValkey) -> None:
    node = await mortal.node()
    stream = mortal.streams.put(Stream())
    client = await mortal.client(node)
    await client.watch(stream)
    await all_listen(mortal, 1)
    own_valkey.kill()

    await node.signaling.stream_changed(mortal.streams.change(stream, media_state="live"))
    await eventually(lambda: client.states[-1:] != [] and client.states[-1]["mediaState"] == "live")
    assert (await client.watch(stream))["success"] is True


async def test_what_was_missed_while_valkey_was_away_is_told_afterwards(mortal: World, own_valkey: OwnValkey) -> None:
    here, there = await mortal.node(), await mortal.node()
    stream = mortal.streams.put(Stream())
    near, far = await mortal.client(here), await mortal.client(there)
    await near.watch(stream)
    await far.watch(stream)
    await far.ask("lobby:watch")
    await all_listen(mortal, 2)
    await here.signaling.lobby_changed()
    await eventually(lambda: far.lobby_changes > 0)
    told_before = far.lobby_changes
    own_valkey.kill()

    await here.signaling.stream_changed(mortal.streams.change(stream, status="ended", ended_reason="ended"))
    await here.signaling.lobby_changed()
    await eventually(lambda: near.states[-1:] != [] and near.states[-1]["status"] == "ended")
    assert all(state["status"] == "live" for state in far.states)

    own_valkey.start()
    await eventually(
        lambda: far.states[-1:] != [] and far.states[-1]["status"] == "ended" and far.lobby_changes > told_before,
        timeout_s=20,
    )
    await all_listen(mortal, 2)


async def test_states_that_cannot_be_read_after_an_outage_are_read_until_they_can(
    mortal: World, own_valkey: OwnValkey
) -> None:
    node = await mortal.node()
    stream = mortal.streams.put(Stream())
    client = await mortal.client(node)
    await client.watch(stream)
    await all_listen(mortal, 1)
    mortal.streams.is_away = True
    own_valkey.restart()
    await all_listen(mortal, 1)
    mortal.streams.change(stream, status="ended")
    mortal.streams.is_away = False
    await eventually(lambda: client.states[-1:] != [] and client.states[-1]["status"] == "ended")


async def test_a_node_that_could_not_publish_has_the_others_read_again(mortal: World, own_valkey: OwnValkey) -> None:
    """Its publishing connection fails while the subscription of the other never notices anything."""
    here, there = await mortal.node(), await mortal.node()
    stream = mortal.streams.put(Stream())
    far = await mortal.client(there)
    await far.watch(stream)
    near = await mortal.client(here)
    await near.ask("lobby:watch")
    await all_listen(mortal, 2)

    bus = here.signaling._bus
    reached, bus._redis = bus._redis, redis.asyncio.Redis.from_url("unix:///nonexistent")
    await here.signaling.stream_changed(mortal.streams.change(stream, status="ended"))
    await bus._redis.aclose()
    bus._redis = reached
    assert all(state["status"] == "live" for state in far.states)

    await here.signaling.lobby_changed()
    await eventually(lambda: far.states[-1:] != [] and far.states[-1]["status"] == "ended")


async def test_clients_come_back_to_another_process_at_the_same_address_by_themselves(world: World) -> None:
    node = await world.node()
    client = await world.client(node)
    for session in list(node.signaling._sio.eio.sockets):
        await node.signaling._gate.cut(session)
    await eventually(lambda: client.io.connected and node.signaling.connection_count == 1)
