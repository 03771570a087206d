"""Chromium reads the header extensions that it is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from media_server.rtp.extensions import ABS_CAPTURE_TIME, AUDIO_LEVEL
from tests.support.chromium import FLAGS, chromium_path
from tests.support.media_worker import MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually

SCRIPT = Path(__file__).parent / "js" / "ways.js"
SAID_OF_SOUND = """
async (viewer) => {
  const receiver = viewer.connection.getReceivers().find(({ track }) => track.kind === "audio");
  if (!viewer.sound) {
    viewer.sound = new Audio();
    viewer.sound.srcObject = new MediaStream([receiver.track]);
    await viewer.sound.play();
  }
  return receiver.getSynchronizationSources()[0]?.audioLevel ?? null;
}
"""


async def test_it_hears_how_loud_the_publisher_says_the_sound_is(worker: MediaWorker) -> None:
    media = OfferedMedia("sendonly", video_ssrc=1, audio_ssrc=2, extensions=((5, AUDIO_LEVEL), (6, ABS_CAPTURE_TIME)))
    publisher = await worker.publish("s", media=media)
    # RFC 6464: 20 dB below full scale. The packets themselves are silence.
    publisher.says = {5: b"\x94", 6: bytes(8)}
    token = worker.signer.sign("s", "watch")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*FLAGS, "--autoplay-policy=no-user-gesture-required"]
        )
        page = await browser.new_page()
        await page.goto(f"{worker.url}/health")
        await page.add_script_tag(content=SCRIPT.read_text())
        await page.evaluate(
            "async ([url, token]) => { window.viewer = await watchBy(url, token, () => true) }",
            [f"{worker.url}/whep/s", token],
        )
        levels: list[Any] = []

        async def is_heard() -> bool:
            levels.append(await page.evaluate(f"() => ({SAID_OF_SOUND})(viewer)"))
            return levels[-1] is not None

        await eventually(is_heard, timeout_s=30, every_s=0.2)
        await browser.close()
    assert levels[-1] == pytest.approx(0.1, rel=0.05)
