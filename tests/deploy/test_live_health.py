"""Claims about how a stream arrives being told its creator, from the worker's snapshot to the socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.control_api.stream_health.test_health import DETAILS, TOLD
from tests.control_api.support.api import Account, Api
from tests.control_api.support.encoder import let_in, new_key
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.deploy.test_live_updates import api_with_sockets
from tests.signaling.conftest import Client
from tests.support.waiting import eventually


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        yield stack


async def socket(api: Api, by: Account, stack: AsyncExitStack) -> Client:
    client = Client()
    await client.io.connect(api.base_url, auth={"token": by.access_token}, transports=["websocket"], retry=False)
    stack.push_async_callback(client.io.shutdown)
    return client


async def test_its_creator_hears_on_every_node_how_an_encoders_stream_arrives(
    database_url: str, valkey_url: str, stack: AsyncExitStack
) -> None:
    worker = await stack.enter_async_context(running_worker(SnapshotWriter(valkey_url, "worker-1")))
    here, there = [await stack.enter_async_context(api_with_sockets(database_url, valkey_url)) for _ in range(2)]
    anna, mallory = await here.account("dj"), await here.account("dj")
    own = [await socket(api, anna, stack) for api in (here, there)]
    other = await socket(here, mallory, stack)
    _, secret = await new_key(here, anna)
    stream_id = (await let_in(here, secret))["streamId"]
    worker.room(stream_id, "live")
    worker.rooms[stream_id] |= DETAILS
    await worker.write()
    for client in own:
        await eventually(lambda client=client: client.all_of("stream:health") != [], timeout_s=20)  # type: ignore[misc]
        assert client.all_of("stream:health")[-1] == {"streamId": stream_id, **TOLD}
    assert other.all_of("stream:health") == []
