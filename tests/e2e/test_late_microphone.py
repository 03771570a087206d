"""A microphone that is allowed after going live is heard, whenever it comes; who is not heard is told."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Route, expect

from tests.e2e.browsers import PATIENCE_MS, SCRIPTS, StudioPage
from tests.e2e.conftest import People

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def studio_with(people: People, microphone: str) -> StudioPage:
    context = await people.profile(await people.product.account("performer"))
    await context.add_init_script(path=SCRIPTS / microphone)
    return await StudioPage.open(context)


async def is_told(studio: StudioPage, why: str) -> None:
    await expect(studio.page.get_by_test_id("unheard")).to_have_attribute("data-why", why, timeout=PATIENCE_MS)


async def microphone_comes(studio: StudioPage) -> None:
    await studio.page.evaluate("giveMicrophone()")
    await expect(studio.page.get_by_role("button", name="Mute")).to_be_enabled(timeout=PATIENCE_MS)


@pytest.mark.parametrize("where", ["**/performer/start-stream", "**/whip/**"])
async def test_it_may_come_while_the_stream_is_being_started(people: People, where: str) -> None:
    studio = await studio_with(people, "late_microphone.js")
    held: list[str] = []

    async def hold(route: Route) -> None:
        if not held:
            held.append(route.request.method)
            await microphone_comes(studio)
        await route.continue_()

    await studio.page.route(where, hold)
    stream_id = await studio.go_live("With a voice")
    assert held == ["POST"]
    viewer = await people.viewer(stream_id)
    await viewer.frames_advance()
    await viewer.hears_sound()


@pytest.mark.parametrize("transport", ["webrtc", "hls"])
async def test_it_may_come_when_viewers_are_there(people: People, transport: Literal["webrtc", "hls"]) -> None:
    studio = await studio_with(people, "late_microphone.js")
    stream_id = await studio.go_live("A voice to come")
    await is_told(studio, "asking")
    viewer = await people.viewer(stream_id, transport=transport)
    await viewer.frames_advance()
    await microphone_comes(studio)
    await viewer.hears_sound()
    await viewer.frames_advance()
    await studio.is_on_air()
    await expect(studio.page.get_by_test_id("unheard")).to_have_count(0)


async def test_somebody_whose_microphone_gives_nothing_is_told(people: People) -> None:
    studio = await studio_with(people, "silent_microphone.js")
    await studio.go_live("Is this on?")
    await is_told(studio, "silent")
