"""Real Chromium for the tests, and what people do in it: sign up, go live, watch."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self
from uuid import uuid4

import psutil
from playwright.async_api import Browser, BrowserContext, Page, Playwright, expect

from tests.e2e.product import PASSWORD, Account, Product
from tests.support.chromium import FLAGS, chromium_path
from tests.support.waiting import eventually

SCRIPTS = Path(__file__).parent / "js"
# How long a page may take for something that happens at once on an idle machine.
PATIENCE_MS = 80_000

LAUNCH_FLAGS = (
    *FLAGS,
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    # Pages in the background must film and play like those in front.
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-background-networking",
    "--disable-component-update",
)

# What one wants to know of a player that does not play.
PLAYER_STATE = """(() => {
  const video = document.querySelector('[data-testid="player"]');
  const { frames, loudest, readings } = witness;
  const state = document.querySelector('[data-testid="stream-state"]')?.dataset.state;
  if (video === null) return { state, frames };
  const { currentTime, readyState, paused, playbackRate, error } = video;
  const buffered = Array.from({ length: video.buffered.length }, (_, i) => [
    video.buffered.start(i), video.buffered.end(i)]);
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  // Silence that a server has put in takes a fortieth of the bytes of sound.
  const soundBytes = video.webkitAudioDecodedByteCount;
  return { state, frames, loudest, tracks: witness.tracks?.(), soundBytes, legible: readings.length,
    currentTime, readyState, paused, playbackRate,
    error: error?.message, buffered, totalVideoFrames, droppedVideoFrames };
})()"""


async def launch(playwright: Playwright, *flags: str) -> Browser:
    return await playwright.chromium.launch(
        executable_path=chromium_path(), headless=True, args=[*LAUNCH_FLAGS, *flags]
    )


class MortalBrowser:
    """A browser of a test's own, which it may kill as a crash or an empty battery would."""

    def __init__(self, browser: Browser, mark: str) -> None:
        self.browser = browser
        self._mark = mark

    @classmethod
    async def launch(cls, playwright: Playwright) -> Self:
        # Chromium ignores a switch it does not know; it is there to tell our processes from others'.
        mark = f"--test-browser={uuid4().hex}"
        return cls(await launch(playwright, mark), mark)

    def kill(self) -> None:
        """SIGKILL to the browser process; its children end with it."""
        for process in psutil.process_iter(["cmdline"]):
            if self._mark in (process.info["cmdline"] or []):
                process.kill()


async def new_context(browser: Browser, product: Product, account: Account | None = None) -> BrowserContext:
    """A browser profile of somebody: signed in as `account` by the cookie that its log-in left, or anonymous."""
    context = await browser.new_context(base_url=product.url, permissions=["camera", "microphone"])
    context.set_default_timeout(PATIENCE_MS)
    if account is not None:
        answer = await context.request.post("/api/v1/auth/login", data={"email": account.email, "password": PASSWORD})
        assert answer.ok
    return context


class StudioPage:
    """The studio of a creator whose camera films the wall clock."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(cls, context: BrowserContext) -> Self:
        page = await context.new_page()
        await page.add_init_script(path=SCRIPTS / "clock_camera.js")
        await page.goto("/studio")
        return cls(page)

    async def go_live(self, title: str) -> str:
        """Fills in the title, goes live, and waits for the light; returns the stream's id."""
        await expect(self.page.get_by_test_id("preview")).to_be_visible(timeout=PATIENCE_MS)
        await self.page.get_by_test_id("title-input").fill(title)
        await self.page.get_by_test_id("go-live").click()
        await self.is_on_air()
        link = self.page.locator('a[href^="/watch/"]').first
        return str(await link.get_attribute("href")).removeprefix("/watch/")

    async def is_on_air(self) -> None:
        await expect(self.page.get_by_test_id("on-air")).to_have_attribute("data-on-air", "true", timeout=PATIENCE_MS)

    async def continue_here(self) -> None:
        await self.page.get_by_test_id("continue-here").click()
        await self.is_on_air()

    async def end(self) -> None:
        await self.page.get_by_test_id("end-stream").click()
        await self.page.get_by_test_id("end-confirm").click()


class WatchPage:
    """A viewer's page, with a witness that counts frames, reads the clock in them, and listens."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(
        cls, context: BrowserContext, stream_id: str, transport: Literal["webrtc", "hls"] | None = None
    ) -> Self:
        page = await context.new_page()
        await page.add_init_script(path=SCRIPTS / "witness.js")
        await page.goto(f"/watch/{stream_id}" + (f"?transport={transport}" if transport else ""))
        return cls(page)

    async def shows(self, state: str, *, timeout_ms: float = PATIENCE_MS) -> None:
        """Waits until the page says it is in this state."""
        await expect(self.page.get_by_test_id("stream-state")).to_have_attribute(
            "data-state", state, timeout=timeout_ms
        )

    async def plays_over(self, transport: Literal["webrtc", "hls"]) -> None:
        await expect(self.page.get_by_test_id("transport")).to_have_attribute(
            "data-transport", transport, timeout=PATIENCE_MS
        )
        await self.frames_advance()

    async def frames(self) -> int:
        return int(await self.page.evaluate("witness.frames"))

    async def frames_advance(self, by: int = 15) -> None:
        """Waits until `by` more frames have been shown."""
        await self._until(f"witness.frames >= {await self.frames() + by}")

    async def hears_sound(self) -> None:
        await self._until("witness.loudest > 0.01")

    async def latencies_ms(self, count: int) -> Sequence[float]:
        """Glass to glass, of the next `count` frames whose clock is legible."""
        await self.page.evaluate("witness.readings = []")
        await self._until(f"witness.readings.length >= {count}")
        readings: list[dict[str, float]] = await self.page.evaluate("witness.readings")
        return [reading["shownAt"] - reading["filmedAt"] for reading in readings]

    async def first_frame_ms(self) -> float:
        """From the opening of the page to its first frame."""
        await self._until("witness.firstFrameAt !== null")
        return float(await self.page.evaluate("witness.firstFrameAt - witness.openedAt"))

    async def first_frame_after_joining_ms(self) -> float:
        """From the request that opened the WebRTC session to the first frame."""
        await self.first_frame_ms()
        return float(
            await self.page.evaluate(
                """witness.firstFrameAt - performance.timeOrigin
                - performance.getEntriesByType('resource').find(({ name }) => name.includes('/whep/')).startTime"""
            )
        )

    async def identity(self) -> Any:
        """Something that is lost when the page is loaded again."""
        return await self.page.evaluate("performance.timeOrigin")

    async def _until(self, condition: str) -> None:
        # Playwright's own waiting evaluates strings in the page, which the page's security policy forbids.
        try:
            await eventually(lambda: self.page.evaluate(condition), timeout_s=PATIENCE_MS / 1000)
        except TimeoutError:
            raise AssertionError(f"not {condition}: {await self.page.evaluate(PLAYER_STATE)}") from None


def median_ms(latencies: Sequence[float]) -> float:
    return statistics.median(latencies)
