"""hls.js in a real Chromium plays what encoders send: B-frames, several qualities, key frames far apart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from media_server.egress.hls.settings import HlsSettings
from media_server.hub.frames import CLOCK_RATE, Frame
from tests.media_server.egress.hls.encoder import Coded, Encoder, pictures, sound, track
from tests.media_server.egress.hls.live_stage import served
from tests.media_server.egress.hls.test_in_chromium import BROWSER_FLAGS, PATIENCE_S, snapshot
from tests.support.chromium import chromium_path
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e


async def send(encoder: Encoder, tracks: dict[str, Coded], lengths_s: dict[str, float]) -> None:
    """Sends the tracks again and again in real time until cancelled."""
    began = time.monotonic()
    encoder.hub.begin([track(track_id, coded) for track_id, coded in tracks.items()], now=began)
    sent = dict.fromkeys(tracks, 0)
    while True:
        now = time.monotonic()
        for track_id, (_, frames) in tracks.items():
            while (frame := again(frames, sent[track_id], lengths_s[track_id])).dts <= (now - began) * CLOCK_RATE:
                sent[track_id] += 1
                encoder.hub.push(track_id, frame, now=now)
        encoder.egress.poll(now=now)
        await asyncio.sleep(0.01)


def again(frames: list[Frame], index: int, length_s: float) -> Frame:
    """The `index`-th frame of a track without end."""
    turn, place = divmod(index, len(frames))
    later = round(turn * length_s * CLOCK_RATE)
    return frames[place]._replace(dts=frames[place].dts + later, pts=frames[place].pts + later)


@asynccontextmanager
async def playing(tracks: dict[str, Coded], settings: HlsSettings | None = None) -> AsyncIterator[Page]:
    """A page that plays a stream of these tracks."""
    encoder = Encoder(settings=settings or HlsSettings(), now=time.monotonic())
    lengths_s = {
        track_id: (frames[-1].dts - frames[0].dts) / CLOCK_RATE * len(frames) / (len(frames) - 1)
        for track_id, (_, frames) in tracks.items()
    }
    sending = asyncio.create_task(send(encoder, tracks, lengths_s))
    try:
        async with served(encoder.egress) as address, async_playwright() as playwright:
            await eventually(lambda: encoder.egress.available, timeout_s=PATIENCE_S)
            browser = await playwright.chromium.launch(executable_path=chromium_path(), args=BROWSER_FLAGS)
            try:
                page = await browser.new_page()
                await page.goto(address)
                yield page
            finally:
                await browser.close()
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def until(page: Page, condition: Any) -> dict[str, Any]:
    """Wait until a report of the player is as wanted, and give it."""

    async def is_so() -> bool:
        return bool(condition(await snapshot(page)))

    await eventually(is_so, timeout_s=PATIENCE_S)
    return await snapshot(page)


def fatal(report: dict[str, Any]) -> list[str]:
    return [error for error in report["errors"] if "fatal=true" in error]


async def test_three_qualities_with_b_frames_play_and_the_player_goes_from_one_to_another() -> None:
    sizes = {"video": (320, 180), "video:1": (240, 136), "video:2": (160, 96)}
    tracks = {
        track_id: pictures(8, width=width, height=height, b_frames=2) for track_id, (width, height) in sizes.items()
    }
    async with playing({**tracks, "audio": sound(8)}) as page:
        await until(page, lambda report: report["frames"] > 20 and report["peak"] > 0.2)
        for level, size in ((0, "160x96"), (2, "320x180")):
            await page.evaluate(f"hls.nextLevel = {level}")
            await until(page, lambda report, size=size: report["sizes"][-1:] == [size])
        report = await until(page, lambda report: report["frames"] > 60)
    assert fatal(report) == []


async def test_segments_that_begin_without_a_key_frame_play() -> None:
    tracks = {"video": pictures(8, gop_s=4, b_frames=2), "audio": sound(8)}
    settings = HlsSettings(first_segment_s=0.5, segment_s=1.0, max_segment_s=1.0)
    async with playing(tracks, settings) as page:
        # Who joins behind a key frame waits for the next one.
        report = await until(page, lambda report: report["frames"] > 75 and report["peak"] > 0.2)
    assert fatal(report) == []
