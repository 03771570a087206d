"""Glass to glass of RTMP: a filmed clock read off Chromium, by WebRTC, LL-HLS, and from the HLS of nginx in one run.

Everything runs on this machine, so all ends share one clock.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Browser, async_playwright

from tests.benchmarks.ingest.nginx import PACKAGES, NginxRtmp
from tests.e2e.browsers import WatchPage, launch, new_context
from tests.e2e.product import Product, running_product
from tests.support.clock_camera import ClockCamera
from tests.support.processes import REPOSITORY
from tests.support.servers import new_server_dir, remove_server_dir
from tests.support.waiting import eventually

FRAMES: Final = 300
SETTLE_FRAMES: Final = 45
SETTLE_STEPS: Final = 10
NGINX_SETTLE_S: Final = 20.0
_PAGE: Final = """<!doctype html><video data-testid="player" muted autoplay playsinline></video>
<script src="hls.js"></script>
<script>
const hls = new Hls();
hls.loadSource('/hls/s0.m3u8');
hls.attachMedia(document.querySelector('video'));
</script>
"""


async def main() -> int:
    ours, theirs = new_server_dir(), new_server_dir()
    try:
        async with async_playwright() as playwright, AsyncExitStack() as stack:
            browser = await launch(playwright)
            stack.push_async_callback(browser.close)
            with running_product(ours) as product:
                await measure_ours(product, browser)
            if NginxRtmp.is_installed():
                await measure_nginx(theirs, browser)
            else:
                print(f"nginx is not installed (Debian: apt-get install {PACKAGES}): nothing to compare with.")
    finally:
        remove_server_dir(ours)
        remove_server_dir(theirs)
    return 0


async def measure_ours(product: Product, browser: Browser) -> None:
    """By both ways that the watch page has."""
    creator = await product.account("performer")
    made = await product.call("POST", "/stream/keys", {"label": "bench"}, token=creator.access_token)
    camera = ClockCamera(f"{product.rtmp_url}/{made['secret']}")
    try:
        stream_id = await _stream_of(product, creator.access_token)
        await _watch(product, browser, stream_id, "webrtc")
        await _watch(product, browser, stream_id, "hls")
    finally:
        camera.close()
    if camera.problem is not None:
        raise RuntimeError(camera.problem)


async def measure_nginx(folder: Path, browser: Browser) -> None:
    """By hls.js as it comes, on a page that has nothing else."""
    server = NginxRtmp(folder)
    camera = ClockCamera(server.push_url(0))
    try:
        shutil.copy(REPOSITORY / "web/node_modules/hls.js/dist/hls.js", folder / "page" / "hls.js")
        (folder / "page" / "index.html").write_text(_PAGE)
        await asyncio.to_thread(server.until_playable, 0)
        context = await browser.new_context()
        page = await context.new_page()
        await page.add_init_script(path=REPOSITORY / "tests/e2e/js/witness.js")
        await page.goto(f"{server.http_url}/page/index.html")
        await page.wait_for_function("witness.frames > 0", timeout=60_000)
        await asyncio.sleep(NGINX_SETTLE_S)
        await page.evaluate("witness.readings = []")
        await page.wait_for_function(f"witness.readings.length >= {FRAMES}", timeout=60_000)
        readings = await page.evaluate("witness.readings.map(({ shownAt, filmedAt }) => shownAt - filmedAt)")
        _say("nginx-rtmp, HLS of 2 s segments", readings)
        await context.close()
    finally:
        camera.close()
        server.close()


async def _watch(product: Product, browser: Browser, stream_id: str, transport: Literal["webrtc", "hls"]) -> None:
    context = await new_context(browser, product)
    viewer = await WatchPage.open(context, stream_id, transport)
    await viewer.plays_over(transport)
    for _ in range(SETTLE_STEPS):
        await viewer.frames_advance(SETTLE_FRAMES)
    _say(f"RTMP to {transport}", await viewer.latencies_ms(FRAMES))
    await context.close()


async def _stream_of(product: Product, token: str) -> str:
    """The stream that the encoder began."""
    found: list[str] = []

    async def is_live() -> bool:
        stream = (await product.call("GET", "/stream/current", token=token))["stream"]
        if stream is not None and stream["mediaState"] == "live":
            found.append(stream["id"])
        return bool(found)

    await eventually(is_live, timeout_s=30, every_s=0.5)
    return found[0]


def _say(what: str, readings: Sequence[float]) -> None:
    p95 = statistics.quantiles(readings, n=20)[-1]
    print(f"{what}: median {statistics.median(readings):.0f} ms, 95 % within {p95:.0f} ms, of {len(readings)}")


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
