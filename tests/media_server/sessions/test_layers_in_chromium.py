"""Chromium publishes layers, another page of it watches while what is chosen changes: the picture goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.support.chromium import FLAGS, chromium_path
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually

SCRIPTS = Path(__file__).parent / "js"
# Of pictures of this size Chromium sends two layers at most.
SIMULCAST = [{"rid": "h", "scaleResolutionDownBy": 2, "maxBitrate": 150_000}, {"rid": "f", "maxBitrate": 500_000}]


class Watching:
    """A page that publishes and watches one stream."""

    def __init__(self, page: Page, worker: MediaWorker, token: str) -> None:
        self._page = page
        self._worker = worker
        self._token = token

    async def sent(self) -> list[dict[str, Any]]:
        """What the publisher has encoded."""
        return list(await self._page.evaluate("() => sentLayers(publisher)"))

    async def state(self) -> dict[str, Any]:
        """What the viewer has decoded."""
        return dict(await self._page.evaluate("() => watched(viewer)"))

    async def choose(self, body: str) -> None:
        """Ask for a layer."""
        location = await self._page.evaluate("() => new URL(viewer.location, location).pathname")
        headers = {"Content-Type": "application/json"}
        response = await self._worker.request("POST", f"{location}/layer", self._token, body, **headers)
        assert response.status == 200, await response.text()

    async def until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for the viewer to be so."""
        seen: dict[str, Any] = {}

        async def check() -> bool:
            seen.clear()
            seen.update(await self.state())
            return is_so(seen)

        await eventually(check, timeout_s=40, every_s=0.2)
        return seen

    async def goes_on(self, *, width: int) -> None:
        """Wait until pictures of that width have been decoded for a while."""
        seen = await self.until(lambda now: bool(now["width"] == width))
        frames = seen["frames"]
        await self.until(lambda now: bool(now["frames"] > frames + 20))


@pytest.fixture
async def page(worker: MediaWorker) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*FLAGS, "--autoplay-policy=no-user-gesture-required"]
        )
        made = await browser.new_page()
        await made.goto(f"{worker.url}/health")
        for name in ("watch.js", "publish_layers.js"):
            await made.add_script_tag(content=(SCRIPTS / name).read_text())
        yield made
        await browser.close()


async def live(
    page: Page, worker: MediaWorker, mime: str, encodings: list[dict[str, Any]], is_ready: Callable[[Any], bool]
) -> Watching:
    """A publisher whose layers all come, and who watches it."""
    token = worker.signer.sign("s", "watch")
    watching = Watching(page, worker, token)
    await page.evaluate(
        "async (how) => { window.publisher = await publishLayers(...how) }",
        [f"{worker.url}/whip/s", worker.signer.sign("s", "publish"), mime, encodings],
    )
    await worker.until_room("s", "live", timeout_s=20)

    async def all_come() -> bool:
        return is_ready(await watching.sent())

    await eventually(all_come, timeout_s=40, every_s=0.2)
    await page.evaluate(
        "async ([url, token]) => { window.viewer = await watch(url, token, { describes: true }) }",
        [f"{worker.url}/whep/s", token],
    )
    return watching


async def test_vp8_simulcast_is_watched_in_each_layer_and_the_picture_goes_on(page: Page, worker: MediaWorker) -> None:
    def all_come(sent: list[dict[str, Any]]) -> bool:
        return len(sent) == 2 and all(layer["frames"] > 10 for layer in sent)

    watching = await live(page, worker, "video/VP8", SIMULCAST, all_come)
    await watching.goes_on(width=640)
    begun = await watching.state()
    for layer, width in ((0, 320), (1, 640), (0, 320)):
        await watching.choose(f'{{"rid": "{layer}"}}')
        await watching.goes_on(width=width)
    await watching.choose('{"rid": "0", "maxTemporalLayerId": 0}')
    await watching.goes_on(width=320)
    ended = await watching.state()
    # A change to what cannot be decoded costs a request each time; a browser that is starved makes one by itself.
    assert ended["lost"] - begun["lost"] < 2


@pytest.mark.parametrize("mime", ["video/VP9", "video/AV1"])
async def test_spatial_layers_are_watched_one_by_one(page: Page, worker: MediaWorker, mime: str) -> None:
    def is_layered(sent: list[dict[str, Any]]) -> bool:
        return len(sent) == 1 and sent[0]["mode"] == "L2T3_KEY" and sent[0]["width"] == 640 and sent[0]["frames"] > 20

    watching = await live(page, worker, mime, [{"scalabilityMode": "L2T3_KEY", "maxBitrate": 900_000}], is_layered)
    await watching.goes_on(width=640)
    begun = await watching.state()
    for spatial, width in ((0, 320), (1, 640), (0, 320)):
        await watching.choose(f'{{"maxSpatialLayerId": {spatial}}}')
        await watching.goes_on(width=width)
    ended = await watching.state()
    # A change to what cannot be decoded costs a request each time; a browser that is starved makes one by itself.
    assert ended["lost"] - begun["lost"] < 2
