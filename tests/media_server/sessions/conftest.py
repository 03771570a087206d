"""Encoders at the door of the worker that a test runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from media_server.sessions.rooms import Rooms
from tests.media_server.sessions.encoders import Encoders

CLOSE_S = 10.0


@pytest.fixture
async def encoders(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Encoders]:
    """To be asked for before the worker; it finds the rooms of the worker that is started then."""
    door = Encoders()
    make = Rooms.__init__

    def made(rooms: Rooms, media: Any, *rest: Any, **named: Any) -> None:
        make(rooms, media, *rest, **named)
        door.found(rooms, media)

    monkeypatch.setattr(Rooms, "__init__", made)
    yield door
    await door.close()


@pytest.fixture
async def viewer() -> AsyncIterator[RTCPeerConnection]:
    """One that is closed at the end."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    yield connection
    # On a machine that is too busy aiortc may wait for itself; that it closes is not what is tested.
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await connection.close()
