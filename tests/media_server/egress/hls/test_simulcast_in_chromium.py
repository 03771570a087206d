"""Chromium publishes a picture in two sizes: both are qualities of LL-HLS, cut alike, and nothing is encoded."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.support.chromium import FLAGS, chromium_path
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.waiting import eventually

SCRIPT = Path(__file__).parents[2] / "sessions" / "js" / "publish_layers.js"
ENCODINGS = [{"rid": "h", "scaleResolutionDownBy": 2, "maxBitrate": 150_000}, {"rid": "f", "maxBitrate": 500_000}]
PUBLISH = (
    "async ([url, token, encodings]) => { window.publisher = await publishLayers(url, token, 'video/H264', encodings) }"
)


@pytest.fixture
async def worker(valkey_url: str) -> AsyncIterator[MediaWorker]:
    async with media_worker(valkey_url) as worker:
        yield worker


def begins(playlist: str) -> set[str]:
    """When its segments begin."""
    return set(re.findall(r"PROGRAM-DATE-TIME:(\S+)", playlist))


@pytest.mark.e2e
async def test_layers_are_qualities_that_are_cut_at_the_same_times(worker: MediaWorker) -> None:
    token = worker.signer.sign("s", "watch")

    async def playlist(name: str) -> str:
        async with worker.http.get(f"{worker.url}/hls/s/{name}?token={token}") as response:
            return await response.text() if response.status == 200 else ""

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = await browser.new_page()
        await page.goto(f"{worker.url}/health")
        await page.add_script_tag(content=SCRIPT.read_text())
        await page.evaluate(PUBLISH, [f"{worker.url}/whip/s", worker.signer.sign("s", "publish"), ENCODINGS])

        async def has_both() -> bool:
            return set(re.findall(r"RESOLUTION=(\S+?)[,\n]", await playlist("index.m3u8"))) == {"640x360", "320x180"}

        await eventually(has_both, timeout_s=60, every_s=0.3)
        names = re.findall(r"^(video\w*)\.m3u8", await playlist("index.m3u8"), re.MULTILINE)
        assert len(names) == 2

        async def share_cuts() -> bool:
            one, other = [begins(await playlist(f"{name}.m3u8")) for name in names]
            return len(one & other) >= 2

        await eventually(share_cuts, timeout_s=30, every_s=0.3)
        await browser.close()
    room = await worker.room("s")
    assert [each["origin"] for each in room["renditions"]] == ["source", "source"]
