"""What clients may ask of signaling, and what they are answered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from socketio.exceptions import ConnectionError as RefusedByServer

from tests.signaling.conftest import Stream, World
from tests.support.waiting import eventually


def code_of(answer: dict[str, Any]) -> str:
    assert answer["success"] is False
    assert answer["error"]["message"]
    code = answer["error"]["code"]
    assert isinstance(code, str)
    return code


@pytest.mark.parametrize("transports", [("websocket",), ("polling",), ("polling", "websocket")])
async def test_watching_a_stream_answers_with_its_state(world: World, transports: tuple[str, ...]) -> None:
    stream = world.streams.put(Stream(media_state="live", viewer_count=3))
    client = await world.client(await world.node(), transports=transports)

    assert await client.watch(stream) == {
        "success": True,
        "data": {
            "streamId": str(stream.stream_id),
            "status": "live",
            "mediaState": "live",
            "viewerCount": 3,
            "endedReason": None,
        },
    }


async def test_a_change_reaches_those_who_watch_and_no_one_else(world: World) -> None:
    node = await world.node()
    stream, other = world.streams.put(Stream()), world.streams.put(Stream())
    watcher, bystander = await world.client(node), await world.client(node)
    await watcher.watch(stream)
    await bystander.watch(other)

    await node.signaling.stream_changed(world.streams.change(stream, media_state="live"))
    await node.signaling.stream_changed(world.streams.change(other, status="ended", ended_reason="ended"))

    await eventually(lambda: watcher.states[-1:] != [] and watcher.states[-1]["mediaState"] == "live")
    await eventually(lambda: bystander.states[-1:] != [] and bystander.states[-1]["status"] == "ended")
    assert {state["streamId"] for state in watcher.states} == {str(stream.stream_id)}
    assert bystander.states[-1] == {
        "streamId": str(other.stream_id),
        "status": "ended",
        "mediaState": "waiting",
        "viewerCount": 0,
        "endedReason": "ended",
    }


async def test_after_unwatch_nothing_more_is_told(world: World) -> None:
    node = await world.node()
    stream, still = world.streams.put(Stream()), world.streams.put(Stream())
    client = await world.client(node)
    await client.watch(stream)
    await client.watch(still)
    assert (await client.ask("stream:unwatch", {"streamId": str(stream.stream_id)}))["success"] is True

    await node.signaling.stream_changed(world.streams.change(stream, viewer_count=9))
    await node.signaling.stream_changed(world.streams.change(still, viewer_count=9))

    # Both go out in order over one connection, so the second says that the first is not under way.
    def told_of() -> set[str]:
        return {state["streamId"] for state in client.states if state["viewerCount"] == 9}

    await eventually(lambda: len(told_of()) > 0)
    assert told_of() == {str(still.stream_id)}


async def test_an_unknown_stream_is_not_found_and_not_watched(world: World) -> None:
    node = await world.node(rooms_per_connection=1)
    client = await world.client(node)
    assert code_of(await client.watch(Stream())) == "STREAM_NOT_FOUND"
    assert (await client.watch(world.streams.put(Stream())))["success"] is True


@pytest.mark.parametrize(
    "payload",
    [None, [], {}, "x", 7, {"streamId": "no-uuid"}, {"streamId": None}, {"streamId": str(UUID(int=1)), "more": 1}],
    ids=str,
)
async def test_a_payload_that_is_not_as_described_is_refused(world: World, payload: object) -> None:
    client = await world.client(await world.node())
    assert code_of(await client.ask("stream:watch", payload)) == "VALIDATION_ERROR"


async def test_more_arguments_than_one_are_refused(world: World) -> None:
    client = await world.client(await world.node())
    assert code_of(await client.ask("lobby:watch", ({}, {}))) == "VALIDATION_ERROR"


async def test_an_event_we_do_not_know_is_answered(world: World) -> None:
    client = await world.client(await world.node())
    assert code_of(await client.ask("stream:explode", {})) == "UNKNOWN_EVENT"


async def test_state_that_cannot_be_read_now_is_said_so_and_read_later(world: World) -> None:
    stream = world.streams.put(Stream())
    client = await world.client(await world.node())
    world.streams.is_away = True
    assert code_of(await client.watch(stream)) == "SERVICE_UNAVAILABLE"
    world.streams.is_away = False
    assert (await client.watch(stream))["success"] is True


async def test_state_that_is_slow_to_read_is_given_up(world: World) -> None:
    stream = world.streams.put(Stream())
    world.streams.before_answer = asyncio.Event().wait  # type: ignore[assignment]
    client = await world.client(await world.node(state_read_s=0.05))
    assert code_of(await client.watch(stream)) == "SERVICE_UNAVAILABLE"


async def test_a_change_during_the_read_is_not_answered_with_the_older_state(world: World) -> None:
    node = await world.node()
    stream = world.streams.put(Stream(media_state="live"))
    client = await world.client(node)

    async def change_once() -> None:
        world.streams.before_answer = None
        ended = world.streams.change(stream, status="ended", ended_reason="publisher_lost")
        await node.signaling.stream_changed(ended)

    world.streams.before_answer = change_once
    assert (await client.watch(stream))["data"]["status"] == "ended"


async def test_the_lobby_hears_that_the_list_changed(world: World) -> None:
    node = await world.node(lobby_interval_s=0.01)
    inside, outside = await world.client(node), await world.client(node)
    assert await inside.ask("lobby:watch") == {"success": True, "data": {}}
    await node.signaling.lobby_changed()
    await eventually(lambda: inside.lobby_changes > 0)
    assert outside.lobby_changes == 0

    assert (await inside.ask("lobby:unwatch"))["success"] is True
    told_before = inside.lobby_changes
    await outside.ask("lobby:watch")
    await node.signaling.lobby_changed()
    await eventually(lambda: outside.lobby_changes > 0)
    assert inside.lobby_changes == told_before


async def test_the_lobby_is_told_at_most_once_in_an_interval(world: World) -> None:
    node = await world.node(lobby_interval_s=0.3)
    client = await world.client(node)
    started = asyncio.get_running_loop().time()
    await client.ask("lobby:watch")
    while client.lobby_changes < 3:
        await node.signaling.lobby_changed()
        await asyncio.sleep(0.005)
    assert asyncio.get_running_loop().time() - started >= 2 * 0.3


async def test_a_valid_token_says_who_asks(world: World) -> None:
    token, user_id = world.tokens.issue()
    client = await world.client(await world.node(), auth={"token": token})
    await client.watch(world.streams.put(Stream()))
    assert user_id in world.streams.asked_by


async def test_a_token_that_expired_meanwhile_stands_for_no_one(world: World) -> None:
    token, _ = world.tokens.issue(lives=timedelta(seconds=-1))
    client = await world.client(await world.node(), auth={"token": token})
    await client.watch(world.streams.put(Stream()))
    assert set(world.streams.asked_by) == {None}


@pytest.mark.parametrize(
    "auth",
    [{"token": "forged"}, {"token": ""}, {"token": 7}, {"token": "x" * 5000}, "token"],
    ids=lambda a: str(a)[:20],
)
async def test_a_token_that_is_not_valid_is_refused(world: World, auth: object) -> None:
    node = await world.node()
    with pytest.raises(RefusedByServer):
        await world.client(node, auth=auth)
    await eventually(lambda: node.signaling.connection_count == 0)
