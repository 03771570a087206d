"""Viewers whose first requests come to nothing get to the picture by themselves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Literal

import pytest
from playwright.async_api import BrowserContext, Route

from tests.e2e.browsers import WatchPage
from tests.e2e.conftest import People

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

Spoil = Callable[[Route], Awaitable[None]]
# Longer than a connection may take.
SLOW_S = 6.0


async def dropped(route: Route) -> None:
    await route.abort()


async def garbled(route: Route) -> None:
    await route.fulfill(body=bytes(600), content_type="video/mp4", headers={"Access-Control-Allow-Origin": "*"})


async def too_late(route: Route) -> None:
    await asyncio.sleep(SLOW_S)
    await route.abort()


async def spoil_first(context: BrowserContext, addresses: str, count: int, spoil: Spoil) -> list[str]:
    """Has the first `count` requests to such addresses come to nothing; answers which those were, as they come."""
    spoiled: list[str] = []

    async def handle(route: Route) -> None:
        if route.request.method == "OPTIONS" or len(spoiled) == count:
            await route.continue_()
            return
        spoiled.append(route.request.url)
        await spoil(route)

    await context.route(re.compile(addresses), handle)
    return spoiled


@pytest.mark.parametrize(
    ("transport", "addresses", "spoil"),
    [
        pytest.param("hls", r"/assets/hls-[^/]*\.js$", dropped, id="the player itself does not come"),
        pytest.param("hls", r"/hls/[^/]+/video[^/]*\.mp4$", garbled, id="the first media is unreadable"),
        pytest.param("webrtc", r"/whep/", too_late, id="the first connection takes too long"),
    ],
)
async def test_a_viewer_whose_start_fails_gets_to_the_picture_without_doing_anything(
    people: People, transport: Literal["webrtc", "hls"], addresses: str, spoil: Spoil
) -> None:
    account, studio = await people.creator()
    stream_id = await studio.go_live("A slow start")
    context = await people.profile()
    spoiled = await spoil_first(context, addresses, 1, spoil)

    viewer = await WatchPage.open(context, stream_id, transport)

    await viewer.plays_over(transport)
    assert len(spoiled) == 1
    await viewer.shows("live")
    await people.product.end_stream(account)
    await viewer.shows("ended")
