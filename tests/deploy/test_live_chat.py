"""Claims about the chat over the real services: REST and Socket.IO are one chat."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from tests.control_api.chat.conftest import live_stream, texts
from tests.control_api.chat.conftest import write as post
from tests.control_api.mixes.conftest import open_booth
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.deploy.test_live_updates import LiveApi, api_with_sockets, watch
from tests.deploy.test_live_updates import live as live
from tests.signaling.conftest import Client
from tests.signaling.test_booths import code_of
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually


async def write(client: Client, stream_id: str, text: str) -> dict[str, Any]:
    return await client.ask("chat:send", {"streamId": stream_id, "text": text})


async def test_what_is_written_either_way_is_read_the_same_either_way(live: LiveApi) -> None:
    creator, author = await live.api.account("dj"), await live.api.account()
    stream_id = await live_stream(live.api, creator)
    reader = await live.socket(None)
    await watch(reader, stream_id)
    over_socket = (await write(await live.socket(author), stream_id, "  over\u202e the socket"))["data"]
    over_rest = (await post(live.api, stream_id, "over REST", creator)).data["message"]
    await eventually(lambda: len(reader.all_of("chat:message")) == 2)
    assert reader.all_of("chat:message") == [over_socket, over_rest]
    assert (over_socket["text"], over_rest["badge"]) == ("over the socket", "creator")
    stored = (await live.api.get(f"/stream/chat/{stream_id}")).data["messages"]
    assert stored == [over_rest, over_socket]
    assert author.email not in str(stored)
    removed = await live.api.send("DELETE", f"/stream/chat/{stream_id}/message/{over_socket['id']}", by=creator)
    assert removed.status == 200
    removal = {"streamId": stream_id, "messageId": over_socket["id"]}
    await eventually(lambda: reader.all_of("chat:removed") == [removal])


async def test_refusals_have_the_codes_of_rest(live: LiveApi) -> None:
    creator, author = await live.api.account("dj"), await live.api.account()
    client = await live.socket(author)
    mix_id = await open_booth(live.api, creator)
    assert code_of(await write(client, mix_id, "I know!")) == "STREAM_NOT_FOUND"
    assert code_of(await write(await live.socket(creator), mix_id, "soon")) == "CHAT_NOT_OPEN"
    await live.api.post("/dj/start-stream", {"title": "x"}, by=creator)
    assert code_of(await write(client, mix_id, " \u200b ")) == "VALIDATION_ERROR"
    assert (await write(client, mix_id, "hi"))["success"] is True
    await live.api.post(f"/stream/chat/{mix_id}/silence", {"userId": str(author.user_id)}, by=creator)
    assert code_of(await write(client, mix_id, "but")) == "CHAT_SILENCED"
    await live.api.send("DELETE", f"/stream/chat/{mix_id}/silence/{author.user_id}", by=creator)
    await live.api.post("/dj/end-stream", by=creator)
    assert code_of(await write(client, mix_id, "late")) == "STREAM_ENDED"
    assert await texts(live.api, mix_id) == ["hi"]


async def test_during_an_outage_of_valkey_what_is_written_over_a_socket_is_kept_and_heard(
    database_url: str, own_valkey: OwnValkey
) -> None:
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        api = await stack.enter_async_context(api_with_sockets(database_url, own_valkey.url))
        async with running_worker(SnapshotWriter(own_valkey.url, "worker-1")):
            creator, author = await api.account("dj"), await api.account()
            stream_id = await live_stream(api, creator)
        writer, reader = Client(), Client()
        for client, auth in ((writer, {"token": author.access_token}), (reader, None)):
            await client.io.connect(api.base_url, auth=auth, transports=["websocket"], retry=False)
            stack.push_async_callback(client.io.shutdown)
        await watch(reader, stream_id)
        own_valkey.kill()
        written = await write(writer, stream_id, "still here")
        assert written["success"] is True
        await eventually(lambda: reader.all_of("chat:message") == [written["data"]])
        own_valkey.start()

        async def is_read() -> bool:
            reply = await api.get(f"/stream/chat/{stream_id}")
            return reply.status == 200 and reply.data["messages"] == [written["data"]]

        await eventually(is_read, timeout_s=20, every_s=0.2)
        await eventually(lambda: {"streamId": stream_id} in reader.all_of("chat:missed"), timeout_s=20)
