"""A peer that has gone takes its memory with it, without the garbage collector's help."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from tests.media_server.transport.stage import TransportStage
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient


@pytest.fixture(autouse=True)
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("is_client", [False, True], ids=["server", "client"])
async def test_a_peer_that_was_closed_is_freed(stage: TransportStage, is_client: bool) -> None:
    client = WebRtcClient()
    session = stage.session(client, is_client=is_client)
    await client.connect()
    heard, gone = session.heard, weakref.ref(session.transport)
    await eventually(lambda: heard.srtp is not None)
    session.transport.close("enough")
    await session.transport.wait_closed()
    stage.sessions.clear()
    del session
    await eventually(lambda: gone() is None)


async def test_a_peer_that_said_goodbye_is_freed(stage: TransportStage) -> None:
    client, session = await stage.connected()
    heard, gone = session.heard, weakref.ref(session.transport)
    client.say_goodbye()
    await eventually(lambda: heard.closed != [])
    stage.sessions.clear()
    del session
    await eventually(lambda: gone() is None)


async def test_a_peer_that_never_came_is_freed(stage: TransportStage) -> None:
    session = stage.session(WebRtcClient())
    gone = weakref.ref(session.transport)
    session.transport.close("enough")
    stage.sessions.clear()
    del session
    await eventually(lambda: gone() is None)
