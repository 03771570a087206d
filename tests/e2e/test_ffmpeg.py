"""FFmpeg publishes over WHIP; aiortc and Chromium watch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.conftest import People
from tests.interop import aiortc_peer, ffmpeg_whip
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_what_ffmpeg_publishes_is_seen_and_heard_everywhere(people: People, tmp_path: Path) -> None:
    product = people.product
    creator = await product.account("performer")
    started = await product.start_stream(creator, "From a file")
    stream_id = started["stream"]["id"]
    with ffmpeg_whip.publishing(started["publish"]["whipUrl"], started["publish"]["token"], tmp_path / "log") as ffmpeg:

        async def is_live() -> bool:
            assert ffmpeg.poll() is None, (tmp_path / "log").read_text()
            return bool((await product.stream(stream_id))["mediaState"] == "live")

        await eventually(is_live, timeout_s=20)
        over_webrtc = await people.viewer(stream_id, transport="webrtc")
        over_hls = await people.viewer(stream_id, transport="hls")
        watch = await product.join(stream_id)
        async with aiortc_peer.watching(watch["whepUrl"], watch["token"]) as received:
            await eventually(lambda: received.frames >= 30 and received.samples >= 48_000, timeout_s=30)
            assert received.size == (640, 360)
            assert received.channels == 2
            assert received.loudest > 0.05
        for viewer in (over_webrtc, over_hls):
            await viewer.shows("live")
            await viewer.frames_advance(30)
            await viewer.hears_sound()
        assert ffmpeg.poll() is None
    await product.end_stream(creator)
    await over_webrtc.shows("ended")
    await over_hls.shows("ended")
