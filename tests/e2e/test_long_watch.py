"""Some minutes of a stream on a path with nothing wrong: the picture never stands still, whichever way it comes."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from tests.e2e.conftest import People

pytestmark = [pytest.mark.soak, pytest.mark.asyncio(loop_scope="session")]

SETTLED_S = 15
"""A microphone that comes a moment after the camera opens new playlists."""
WATCHED_S = 180
STILL_MS = 1_500


@pytest.mark.parametrize("transport", ["webrtc", "hls"])
async def test_the_picture_never_stands_still(people: People, transport: Literal["webrtc", "hls"]) -> None:
    account, studio = await people.creator()
    stream_id = await studio.go_live("Hour after hour")
    viewer = await people.viewer(stream_id, transport=transport)
    await viewer.plays_over(transport)
    await asyncio.sleep(SETTLED_S)
    await viewer.page.evaluate("witness.longestStillMs = 0")
    before = await viewer.frames()
    await asyncio.sleep(WATCHED_S)
    assert await viewer.page.evaluate("witness.longestStillMs") < STILL_MS
    assert await viewer.frames() - before > 20 * WATCHED_S
    await people.product.end_stream(account)
