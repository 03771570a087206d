"""Claims about Socket.IO over the real services: what those in and outside of a booth hear and may send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, DummyCookieJar, web

from control_api.app import create_app
from deploy.processes.live_updates import Announcements
from tests.control_api.mixes.conftest import invite, open_booth
from tests.control_api.support.api import Account, Api, api_settings
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.control_api.support.mixer import MixerStandIn, running_mixer
from tests.signaling.conftest import Client
from tests.signaling.test_booths import FADER, code_of
from tests.support.waiting import eventually


class LiveApi:
    """The API with its Socket.IO server, a media worker and a mixer."""

    def __init__(self, api: Api, mixer: MixerStandIn, stack: AsyncExitStack) -> None:
        self.api = api
        self.mixer = mixer
        self._stack = stack

    async def socket(self, by: Account | None) -> Client:
        client = Client()
        auth = {"token": by.access_token} if by else None
        await client.io.connect(self.api.base_url, auth=auth, transports=["websocket"], retry=False)
        self._stack.push_async_callback(client.io.shutdown)
        return client


@asynccontextmanager
async def api_with_sockets(database_url: str, valkey_url: str) -> AsyncIterator[Api]:
    settings = api_settings(database_url, valkey_url)
    announcements = Announcements()
    app = create_app(settings, announce=announcements, announce_chat=announcements)
    announcements.attach(app, settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with ClientSession(cookie_jar=DummyCookieJar()) as http:
            yield Api(f"http://127.0.0.1:{runner.addresses[0][1]}", settings, http)
    finally:
        await runner.cleanup()


@pytest.fixture
async def live(database_url: str, valkey_url: str) -> AsyncIterator[LiveApi]:
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        await stack.enter_async_context(running_worker(SnapshotWriter(valkey_url, "worker-1")))
        mixer = await stack.enter_async_context(running_mixer(MixerStandIn(valkey_url, "mixer-1")))
        api = await stack.enter_async_context(api_with_sockets(database_url, valkey_url))
        yield LiveApi(api, mixer, stack)


async def watch(client: Client, stream_id: str) -> dict[str, Any]:
    return await client.ask("stream:watch", {"streamId": stream_id})


async def open_mix(client: Client, mix_id: str) -> dict[str, Any]:
    return await client.ask("mix:open", {"streamId": mix_id})


async def send(client: Client, mix_id: str) -> dict[str, Any]:
    return await client.ask("mix:send", {"streamId": mix_id, "device": "deck", "commands": [[1, FADER]]})


async def test_a_stream_that_is_prepared_is_watched_by_its_members_alone(live: LiveApi) -> None:
    anna, bert, mallory = [await live.api.account("dj") for _ in range(3)]
    admin = await live.api.account("admin")
    mix_id = await open_booth(live.api, anna)
    await invite(live.api, mix_id, anna, bert)
    for member in (anna, bert):
        assert (await watch(await live.socket(member), mix_id))["data"]["status"] == "scheduled"
    lobby = await live.socket(None)
    await lobby.ask("lobby:watch")
    for stranger in (None, mallory, admin):
        client = await live.socket(stranger)
        assert await watch(client, mix_id) == await watch(client, str(uuid4()))
        assert code_of(await watch(client, mix_id)) == "STREAM_NOT_FOUND"
    await live.api.post("/dj/start-stream", {"title": "x"}, by=anna)
    assert (await watch(await live.socket(mallory), mix_id))["data"]["status"] == "live"
    assert lobby.lobby_changes == 0


async def test_members_play_and_strangers_do_not(live: LiveApi) -> None:
    anna, mallory = await live.api.account("dj"), await live.api.account("dj")
    mix_id = await open_booth(live.api, anna)
    inside = await live.socket(anna)
    assert (await open_mix(inside, mix_id))["success"] is True
    assert (await send(inside, mix_id))["success"] is True
    await eventually(lambda: len(live.mixer.heard) == 1)
    assert live.mixer.heard[0]["user"] == str(anna.user_id)
    for stranger, code in ((mallory, "MIX_NOT_FOUND"), (None, "UNAUTHENTICATED")):
        client = await live.socket(stranger)
        assert code_of(await open_mix(client, mix_id)) == code
        assert code_of(await send(client, mix_id)) == "MIX_NOT_OPEN"
    assert len(live.mixer.heard) == 1


async def test_a_member_who_is_removed_is_out_of_the_booth_at_once(live: LiveApi) -> None:
    anna, bert = await live.api.account("dj"), await live.api.account("dj")
    mix_id = await open_booth(live.api, anna)
    await invite(live.api, mix_id, anna, bert)
    inside, guest = await live.socket(anna), await live.socket(bert)
    for client in (inside, guest):
        assert (await open_mix(client, mix_id))["success"] is True
    await live.api.send("DELETE", f"/dj/mix/{mix_id}/members/{bert.user_id}", by=anna)
    await eventually(lambda: guest.all_of("mix:closed") == [{"streamId": mix_id, "code": "NOT_A_MEMBER"}])
    assert code_of(await send(guest, mix_id)) == "MIX_NOT_OPEN"
    assert code_of(await open_mix(guest, mix_id)) == "MIX_NOT_FOUND"
    await eventually(lambda: inside.all_of("mix:changed") != [])
    assert live.mixer.heard == []


@pytest.mark.parametrize("way", ["close", "end-stream"])
async def test_when_a_mix_ends_everybody_is_out(live: LiveApi, way: str) -> None:
    anna = await live.api.account("dj")
    mix_id = await open_booth(live.api, anna)
    await live.api.post("/dj/start-stream", {"title": "x"}, by=anna)
    client = await live.socket(anna)
    await open_mix(client, mix_id)
    await live.api.post(f"/dj/mix/{mix_id}/close" if way == "close" else "/dj/end-stream", by=anna)
    await eventually(lambda: client.all_of("mix:closed") != [])
    assert code_of(await send(client, mix_id)) == "MIX_NOT_OPEN"
