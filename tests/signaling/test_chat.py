"""Claims about what may be written over Socket.IO, and what those who watch are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from signaling.ports import ChatRefused
from tests.signaling.conftest import Client, Stream, World, Written
from tests.signaling.test_booths import code_of
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually


async def write(client: Client, stream: Stream, text: Any) -> dict[str, Any]:
    return await client.ask("chat:send", {"streamId": str(stream.stream_id), "text": text})


async def test_what_is_written_is_kept_and_acknowledged(world: World) -> None:
    stream = world.streams.put(Stream())
    client, user_id = await world.member(await world.node())
    answer = await write(client, stream, "hello")
    (kept,) = world.book.written
    assert (kept.stream_id, kept.user_id, kept.text) == (stream.stream_id, user_id, "hello")
    assert answer["success"] is True
    assert answer["data"] == {
        "id": str(kept.id),
        "number": 1,
        "streamId": str(stream.stream_id),
        "userId": str(user_id),
        "username": "somebody",
        "role": "viewer",
        "badge": None,
        "text": "hello",
        "sentAt": kept.sent_at.isoformat().replace("+00:00", "Z"),
    }


async def test_those_who_watch_on_any_node_hear_of_messages_and_removals_and_others_do_not(world: World) -> None:
    stream, other = world.streams.put(Stream()), world.streams.put(Stream())
    here, there = await world.node(), await world.node()
    near, far, elsewhere = await world.client(here), await world.client(there), await world.client(there)
    for client, watched in ((near, stream), (far, stream), (elsewhere, other)):
        await client.watch(watched)
    message = Written(stream.stream_id, uuid4(), "hi", 7)
    await here.signaling.chat.message_sent(message)
    await here.signaling.chat.message_removed(stream.stream_id, message.id)
    removal = {"streamId": str(stream.stream_id), "messageId": str(message.id)}
    for client in (near, far):
        await eventually(lambda client=client: len(client.told) == 2)  # type: ignore[misc]
        assert [event for event, _ in client.told] == ["chat:message", "chat:removed"]
        assert client.told[0][1]["text"] == "hi"
        assert client.told[1][1] == removal
    await here.signaling.chat.message_sent(Written(other.stream_id, uuid4(), "end", 8))
    await eventually(lambda: elsewhere.told != [])
    assert [payload["text"] for payload in elsewhere.all_of("chat:message")] == ["end"]


async def test_nobody_writes_without_a_token_that_is_good(world: World) -> None:
    stream = world.streams.put(Stream())
    node = await world.node()
    anonymous = await world.client(node)
    assert code_of(await write(anonymous, stream, "x")) == "UNAUTHENTICATED"
    client, _ = await world.member(node)
    for connection in node.signaling._gate.book._by_session.values():
        if (identity := connection.identity) is not None:
            connection.identity = type(identity)(identity.user_id, identity.expires_at - timedelta(days=1))
    assert code_of(await write(client, stream, "x")) == "INVALID_TOKEN"
    assert world.book.written == []


async def test_a_refusal_carries_the_code_and_the_sentence_of_the_chat(world: World) -> None:
    stream = world.streams.put(Stream())
    client, _ = await world.member(await world.node())
    world.book.refusal = ChatRefused("CHAT_SILENCED", "Not you.")
    answer = await write(client, stream, "x")
    assert answer == {"success": False, "error": {"code": "CHAT_SILENCED", "message": "Not you."}}
    world.book.refusal = None
    world.book.is_away = True
    assert code_of(await write(client, stream, "x")) == "SERVICE_UNAVAILABLE"


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"text": "x"}, {"streamId": str(uuid4())}, {"streamId": "x", "text": "x"},
     {"streamId": str(uuid4()), "text": 7}, {"streamId": str(uuid4()), "text": "x" * 2_001},
     {"streamId": str(uuid4()), "text": "x", "html": True}],
    ids=["none", "empty", "no_stream", "no_text", "bad_stream", "number", "long", "more"],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(world: World, payload: Any) -> None:
    client, _ = await world.member(await world.node())
    assert code_of(await client.ask("chat:send", payload)) == "VALIDATION_ERROR"
    assert world.book.written == []


@pytest.fixture
async def mortal(own_valkey: OwnValkey) -> AsyncIterator[World]:
    """Nodes on a Valkey that the test may kill."""
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        yield World(own_valkey.url, stack)


async def test_during_an_outage_of_valkey_a_node_tells_its_own_and_after_it_the_others_are_told_to_read_again(
    mortal: World, own_valkey: OwnValkey
) -> None:
    stream = mortal.streams.put(Stream())
    here, there = await mortal.node(), await mortal.node()
    near, far = await mortal.client(here), await mortal.client(there)
    for client in (near, far):
        await client.watch(stream)
    own_valkey.kill()
    await here.signaling.chat.message_sent(Written(stream.stream_id, uuid4(), "still here", 1))
    await eventually(lambda: near.all_of("chat:message") != [])
    assert far.all_of("chat:message") == []
    own_valkey.start()
    for client in (near, far):
        await eventually(
            lambda client=client: {"streamId": str(stream.stream_id)} in client.all_of("chat:missed"),  # type: ignore[misc]
            timeout_s=20,
        )
