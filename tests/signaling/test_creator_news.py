"""Claims about what a creator's own connections hear of how their stream arrives."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.signaling.conftest import World
from tests.support.waiting import eventually


async def publish(world: World, user_id: UUID | str, raw: str) -> None:
    async with Redis.from_url(world.valkey_url) as valkey:
        await valkey.publish(f"creator:{user_id}", raw)


def health(**data: object) -> str:
    return json.dumps({"event": "stream:health", "data": {"streamId": str(uuid4()), **data}})


async def test_health_goes_to_every_connection_of_its_creator_and_to_nobody_else(world: World) -> None:
    here, there = await world.node(), await world.node()
    token, user_id = world.tokens.issue()
    own = [await world.client(node, auth={"token": token}) for node in (here, there)]
    others = [(await world.member(here))[0], await world.client(here)]
    raw = health(ladder="off", targets={})
    await publish(world, user_id, raw)
    for client in own:
        await eventually(lambda client=client: client.told != [])  # type: ignore[misc]
        assert client.told == [("stream:health", json.loads(raw)["data"])]
    assert [client.told for client in others] == [[], []]


@pytest.mark.parametrize(
    "raw",
    ["", "[]", "7", "null", "{}", '{"event": "mix:desk", "data": {"streamId": "x"}}', '{"event": "stream:health"}',
     '{"event": "stream:health", "data": 7}', '{"event": "stream:health", "data": {"streamId": "x"}}',
     health(words="x" * 70_000)],
    ids=range(10),
)  # fmt: skip
async def test_what_is_no_health_harms_nothing(world: World, raw: str) -> None:
    token, user_id = world.tokens.issue()
    client = await world.client(await world.node(), auth={"token": token})
    await publish(world, user_id, raw)
    await publish(world, "nobody", health())
    await publish(world, user_id, health(ladder="on"))
    await eventually(lambda: client.told != [])
    assert [payload["ladder"] for payload in client.all_of("stream:health")] == ["on"]
    assert len(client.told) == 1
