"""Chromium sees and hears what encoders send, in every codec that it takes, and what is made of what it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from media_server.hub.frames import VideoCodec
from tests.media_server.sessions.encoders import Encoders
from tests.support.chromium import FLAGS, chromium_path
from tests.support.frame_source import PictureSource, ToneSource
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually

SCRIPT = Path(__file__).parent / "js" / "watch.js"
LUMA, SHOWN = 126, 128
STREAMS: dict[str, tuple[VideoCodec, int, str]] = {
    "plain": ("h264", 0, "video/H264"),
    "reordered": ("h264", 2, "video/H264"),
    "vp8": ("vp8", 0, "video/VP8"),
    "vp9": ("vp9", 0, "video/VP9"),
    "av1": ("av1", 0, "video/AV1"),
}


async def test_pictures_of_every_codec_are_shown_and_sound_is_heard(encoders: Encoders, worker: MediaWorker) -> None:
    for name, (codec, b_frames, _) in STREAMS.items():
        picture = PictureSource(codec, b_frames=b_frames, luma=LUMA, gop=60)
        encoders.admit(name, picture=picture, tone=ToneSource("aac")).begin()
    for name in STREAMS:
        await worker.until_room(name, "live")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=[*FLAGS, "--autoplay-policy=no-user-gesture-required"]
        )
        page = await browser.new_page()
        await page.goto(f"{worker.url}/health")
        await page.add_script_tag(content=SCRIPT.read_text())
        for name in STREAMS:
            address, token = f"{worker.url}/whep/{name}", worker.signer.sign(name, "watch")
            await page.evaluate(
                "async ([name, url, token]) => { window[name] = await watch(url, token) }", [name, address, token]
            )
        for name, (_, _, mime) in STREAMS.items():
            seen: dict[str, Any] = {}

            async def is_playing(name: str = name, seen: dict[str, Any] = seen) -> bool:
                seen.update(await page.evaluate("name => state(window[name])", name))
                return bool(seen["frames"] > 30 and seen["energy"] > 0)

            await eventually(is_playing, timeout_s=20, every_s=0.2)
            assert seen["codec"] == mime
            assert seen["brightness"] == pytest.approx(SHOWN, abs=10)
        await browser.close()
