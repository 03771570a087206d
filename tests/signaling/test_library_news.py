"""Claims about what a DJ's own connections hear of their library, and what booths hear after an outage."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from control_api.dj.library_news import LibraryNews
from control_api.identity import UserId
from tests.signaling.conftest import World
from tests.signaling.test_booths import FADER, code_of, in_booth
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually


async def publish(world: World, user_id: UUID, raw: str) -> None:
    async with Redis.from_url(world.valkey_url) as valkey:
        await valkey.publish(f"library:{user_id}", raw)


async def test_news_of_a_track_go_to_every_connection_of_its_dj_and_to_nobody_else(world: World) -> None:
    here, there = await world.node(), await world.node()
    token, user_id = world.tokens.issue()
    own = [await world.client(node, auth={"token": token}) for node in (here, there)]
    others = [(await world.member(here))[0], await world.client(here)]
    track_id = uuid4()
    async with Redis.from_url(world.valkey_url) as valkey:
        await LibraryNews(valkey).track_changed(UserId(user_id), track_id, "ready")
    for client in own:
        await eventually(lambda client=client: client.told != [])  # type: ignore[misc]
        assert client.told == [("library:changed", {"trackId": str(track_id), "status": "ready"})]
    assert [client.told for client in others] == [[], []]


async def test_a_connection_whose_token_has_expired_hears_no_more(world: World) -> None:
    node = await world.node()
    token, user_id = world.tokens.issue()
    fresh = await world.client(node, auth={"token": token})
    identity = world.tokens.book[token]
    stale = await world.client(node, auth={"token": token})
    connections = list(node.signaling._gate.book._by_session.values())
    connections[-1].identity = type(identity)(user_id, identity.expires_at - timedelta(days=1))
    await publish(world, user_id, json.dumps({"trackId": "t", "status": "ready"}))
    await eventually(lambda: fresh.told != [])
    assert stale.told == []


async def test_news_that_make_no_sense_harm_nothing(world: World) -> None:
    token, user_id = world.tokens.issue()
    client = await world.client(await world.node(), auth={"token": token})
    for raw in ("", "[]", "7", "null", "{}", '{"trackId": "t"}'):
        await publish(world, user_id, raw)
    async with Redis.from_url(world.valkey_url) as valkey:
        await valkey.publish("library:nobody", "{}")
    await publish(world, user_id, json.dumps({"trackId": "t", "status": "ready"}))
    await eventually(lambda: client.told != [])
    assert client.told == [("library:changed", {"trackId": "t", "status": "ready"})]


async def test_announcing_without_valkey_fails_nobody(own_valkey: OwnValkey) -> None:
    async with Redis.from_url(own_valkey.url) as valkey:
        own_valkey.kill()
        await LibraryNews(valkey).track_changed(UserId(uuid4()), uuid4(), "ready")


@pytest.fixture
async def mortal(own_valkey: OwnValkey) -> AsyncIterator[World]:
    """Nodes on a Valkey that the test may kill."""
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        yield World(own_valkey.url, stack)


async def test_after_an_outage_of_valkey_booths_and_libraries_are_heard_again_and_read_again(
    mortal: World, own_valkey: OwnValkey
) -> None:
    client, user_id, mix, mixer = await in_booth(mortal)
    own_valkey.kill()
    assert code_of(await client.send(mix, [1, FADER])) == "SERVICE_UNAVAILABLE"
    own_valkey.start()
    await eventually(lambda: ("library:changed", {"trackId": None, "status": None}) in client.told, timeout_s=20)
    await eventually(lambda: ("mix:changed", {"streamId": str(mix)}) in client.told)

    async def hears() -> bool:
        await mixer.say(mix, "moment", frame=1)
        return client.all_of("mix:moment") != []

    await eventually(hears)

    async def is_heard() -> bool:
        return bool((await client.send(mix, [2, FADER]))["success"])

    await eventually(is_heard, every_s=0.2)
    await eventually(lambda: mixer.heard != [])
    assert mixer.heard[-1][1]["user"] == str(user_id)


async def test_who_was_removed_during_an_outage_is_out_after_it(mortal: World, own_valkey: OwnValkey) -> None:
    client, _, mix, _ = await in_booth(mortal)
    own_valkey.kill()
    mortal.membership.members[mix].clear()
    own_valkey.start()
    await eventually(lambda: client.all_of("mix:closed") != [], timeout_s=20)
