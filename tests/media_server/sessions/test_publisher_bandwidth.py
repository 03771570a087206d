"""What is told Chromium of its packets' arrival lets it send all that its picture takes."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import async_playwright

from tests.support.chromium import FLAGS, chromium_path
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually

SCRIPT = Path(__file__).parent / "js" / "noise.js"
MAX_BPS = 2_500_000


async def test_chromium_gets_to_its_full_bitrate(worker: MediaWorker) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = await browser.new_page()
        await page.goto(f"{worker.url}/health")
        await page.add_script_tag(content=SCRIPT.read_text())
        token = worker.signer.sign("s", "publish", gen=1)
        await page.evaluate(
            "async ([url, token, most]) => { window.publisher = await publishNoise(url, token, most) }",
            [f"{worker.url}/whip/s", token, MAX_BPS],
        )

        async def is_full() -> bool:
            seen = await page.evaluate("bandwidth(window.publisher)")
            return bool(seen["available"] >= MAX_BPS and seen["target"] > 0.9 * MAX_BPS)

        await eventually(is_full, timeout_s=40, every_s=0.5)
        await browser.close()
