"""A camera in several sizes: each viewer over WebRTC is sent the one that fits, or the one that was chosen."""

from __future__ import annotations

import re

import pytest

from tests.e2e.browsers import PATIENCE_MS, WatchPage
from tests.e2e.conftest import People

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SHOWS_HEIGHT = "height => document.querySelector('[data-testid=player]').videoHeight === height"


async def choose(viewer: WatchPage, name: str) -> None:
    """Open the menu of the player and take one of its qualities."""
    await viewer.page.get_by_test_id("player-settings").click()
    menu = viewer.page.get_by_role("group", name="Player settings")
    await menu.locator("label", has_text=re.compile(f"^{name}")).click()
    await viewer.page.keyboard.press("Escape")


async def shows_height(viewer: WatchPage, height: int) -> None:
    await viewer.page.wait_for_function(SHOWS_HEIGHT, arg=height, timeout=PATIENCE_MS)
    await viewer.frames_advance(20)


async def test_one_viewer_chooses_a_small_picture_and_another_keeps_the_large_one(people: People) -> None:
    _, studio = await people.creator()
    await studio.page.get_by_label("Smaller pictures too").check()
    stream_id = await studio.go_live("In two sizes")
    one = await people.viewer(stream_id, transport="webrtc")
    other = await people.viewer(stream_id, transport="webrtc")
    for viewer in (one, other):
        await viewer.shows("live")
        await shows_height(viewer, 360)
    await choose(one, "180p")
    await shows_height(one, 180)
    await shows_height(other, 360)
    await choose(one, "Auto")
    await shows_height(one, 360)
    await studio.end()
    await one.shows("ended")
