"""An encoder streams by RTMP; Chromium watches over WebRTC and LL-HLS, and later again what was recorded."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from tests.benchmarks.ingest.encoders import make_clip
from tests.e2e.browsers import PATIENCE_MS, WatchPage
from tests.e2e.conftest import People
from tests.e2e.product import Account, Product
from tests.support.clock_camera import ClockCamera
from tests.support.obs import obs_streaming
from tests.support.waiting import eventually

KEPT_S = 14.0
"""What there is to go back in, at least: more than a live player is behind."""
PLAYS = """() => {
  const video = document.querySelector('video');
  if (video?.paused) void video.play();
  return (video?.currentTime ?? 0) > 1 && video.videoWidth === 640;
}"""

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def stream_key(product: Product, creator: Account, **settings: Any) -> str:
    """What the creator pastes into the encoder; `settings` are of the next stream."""
    wanted = {"title": "From an encoder", "description": "", "record": True, "takeOver": False} | settings
    await product.call("PUT", "/stream/encoder", wanted, token=creator.access_token)
    made = await product.call("POST", "/stream/keys", {"label": "Test"}, token=creator.access_token)
    return str(made["secret"])


async def live_stream(product: Product, creator: Account, *, timeout_s: float = 30.0) -> str:
    """The stream that the encoder began, once it is live."""
    found: dict[str, Any] = {}

    async def is_live() -> bool:
        stream = (await product.call("GET", "/stream/current", token=creator.access_token))["stream"]
        found.update(stream or {})
        return found.get("mediaState") == "live"

    await eventually(is_live, timeout_s=timeout_s, every_s=0.2)
    return str(found["id"])


@asynccontextmanager
async def camera(product: Product, key: str, **options: Any) -> AsyncIterator[ClockCamera]:
    filming = ClockCamera(f"{product.rtmp_url}/{key}", **options)
    try:
        yield filming
    finally:
        filming.close()
    assert filming.problem is None


@contextmanager
def ffmpeg_streaming(url: str, log: Path, *, picture: str, maps: Sequence[str] = (), group: int = 30) -> Iterator[None]:
    """FFmpeg that sends a test picture, of that size and rate, and a tone."""
    inputs = ("-f", "lavfi", "-i", f"testsrc2={picture}", "-f", "lavfi", "-i", "sine=440:r=48000")
    x264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(group), "-pix_fmt", "yuv420p")
    sound = ("-c:a", "aac", "-ac", "2", "-f", "flv", url)
    with log.open("wb") as said:
        ffmpeg = subprocess.Popen(
            [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-re", *inputs, *maps, *x264, *sound],
            stdin=subprocess.DEVNULL,
            stderr=said,
        )
    try:
        yield
        assert ffmpeg.poll() is None, log.read_text(errors="replace")
    finally:
        ffmpeg.kill()
        ffmpeg.wait()


async def take_quality(viewer: WatchPage, height: int) -> None:
    """Choose it in the menu as soon as it is there, and see it."""
    await viewer.page.get_by_test_id("player-settings").click()
    menu = viewer.page.get_by_role("group", name="Player settings")
    await menu.locator("label", has_text=re.compile(f"^{height}p")).click(timeout=PATIENCE_MS)
    await viewer.page.keyboard.press("Escape")
    await viewer.page.wait_for_function(
        "height => document.querySelector('[data-testid=player]').videoHeight === height",
        arg=height,
        timeout=PATIENCE_MS,
    )
    await viewer.frames_advance(15)


async def replay_of(product: Product, creator: Account, stream_id: str) -> dict[str, Any]:
    """The replay, once all of it is there."""
    found: dict[str, Any] = {}
    profile = await product.call("GET", "/user/profile", token=creator.access_token)

    async def is_ready() -> bool:
        answer = await product.call("GET", f"/stream/replays?creatorId={profile['id']}", token=creator.access_token)
        found.update(next((each for each in answer["items"] if each["streamId"] == stream_id), {}))
        return found.get("state") == "ready"

    await eventually(is_ready, timeout_s=40, every_s=0.5)
    replay = (await product.call("GET", f"/replay/{found['id']}", token=creator.access_token))["replay"]
    assert isinstance(replay, dict)
    return replay


async def test_an_encoder_is_watched_over_both_ways_comes_again_and_is_recorded(people: People) -> None:
    product = people.product
    creator = await product.account("performer")
    key = await stream_key(product, creator)
    async with camera(product, key, at_once=False) as again:
        async with camera(product, key):
            stream_id = await live_stream(product, creator)
            over_webrtc = await people.viewer(stream_id, transport="webrtc")
            over_hls = await people.viewer(stream_id, transport="hls")
            for viewer in (over_webrtc, over_hls):
                await viewer.shows("live")
                await viewer.frames_advance(30)
                await viewer.hears_sound()
            pages = [await viewer.identity() for viewer in (over_webrtc, over_hls)]
        again.begin()
        for viewer, page in zip((over_webrtc, over_hls), pages, strict=True):
            await viewer.frames_advance(45)
            assert await viewer.identity() == page
        assert await live_stream(product, creator) == stream_id
    await product.end_stream(creator)
    await over_webrtc.shows("ended")
    await over_hls.shows("ended")
    replay = await replay_of(product, creator, stream_id)
    assert replay["durationS"] >= 3
    assert len(replay["chapters"]) == 2
    page = await (await people.profile(creator)).new_page()
    await page.goto(f"/replay/{replay['id']}")
    await page.wait_for_function(PLAYS, timeout=PATIENCE_MS)


async def test_b_frames_and_far_key_frames_are_seen_by_everybody_and_said_to_the_creator(people: People) -> None:
    product = people.product
    creator = await product.account("performer")
    key = await stream_key(product, creator, record=False)
    async with camera(product, key, b_frames=2, group=240):
        stream_id = await live_stream(product, creator)
        viewers = [await people.viewer(stream_id, transport="webrtc"), await people.viewer(stream_id, transport="hls")]
        for viewer in viewers:
            await viewer.frames_advance(30)

        async def is_told() -> bool:
            told = await product.call("GET", f"/stream/{stream_id}/health", token=creator.access_token)
            codes = {finding["code"] for finding in (told["health"] or {"findings": []})["findings"]}
            return {"B_FRAMES", "KEYFRAMES_FAR_APART"} <= codes

        await eventually(is_told, timeout_s=30, every_s=0.5)
    await product.end_stream(creator)


async def test_of_several_pictures_a_viewer_takes_the_one_that_is_wanted(people: People, tmp_path: Path) -> None:
    product = people.product
    creator = await product.account("performer")
    key = await stream_key(product, creator, record=False)
    # One picture in two sizes by Enhanced RTMP, as OBS does with multitrack video.
    maps = ("-map", "0:v", "-map", "0:v", "-map", "1:a", "-s:v:1", "320x180")
    url, log = f"{product.rtmp_url}/{key}", tmp_path / "ffmpeg.log"
    with ffmpeg_streaming(url, log, picture="s=640x360:r=30", maps=maps):
        stream_id = await live_stream(product, creator)
        viewer = await people.viewer(stream_id, transport="hls")
        await viewer.frames_advance(30)
        for height in (180, 360):
            await take_quality(viewer, height)
    await product.end_stream(creator)


async def test_who_came_before_smaller_sizes_were_made_finds_them_and_takes_one(people: People, tmp_path: Path) -> None:
    product = people.product
    creator = await product.account("performer")
    key = await stream_key(product, creator, record=False)
    # Smaller sizes begin with a key frame, and so after somebody is there.
    url, log = f"{product.rtmp_url}/{key}", tmp_path / "ffmpeg.log"
    with ffmpeg_streaming(url, log, picture="s=1280x720:r=15", group=75):
        viewer = await people.viewer(await live_stream(product, creator), transport="hls")
        await viewer.frames_advance(15)
        await take_quality(viewer, 360)
        await take_quality(viewer, 720)
    await product.end_stream(creator)


async def test_a_viewer_goes_back_in_a_live_stream_and_to_the_present_again(people: People) -> None:
    product = people.product
    creator = await product.account("performer")
    key = await stream_key(product, creator, record=False)
    async with camera(product, key):
        stream_id = await live_stream(product, creator)
        await asyncio.sleep(KEPT_S)
        viewer = await people.viewer(stream_id, transport="hls")
        await viewer.frames_advance(30)
        assert min(await viewer.latencies_ms(20)) < 8_000
        await viewer.page.get_by_test_id("seek").press("Home")

        async def is_back() -> bool:
            return min(await viewer.latencies_ms(20)) > 10_000

        await eventually(is_back, timeout_s=30)
        await viewer.page.get_by_test_id("to-live").click()

        async def is_live() -> bool:
            return max(await viewer.latencies_ms(20)) < 8_000

        await eventually(is_live, timeout_s=30)
    await product.end_stream(creator)


@pytest.mark.soak
async def test_obs_streams_and_is_watched_and_recorded(people: People, tmp_path: Path) -> None:
    product = people.product
    creator = await product.account("dj")
    key = await stream_key(product, creator)
    clip = make_clip(tmp_path / "clip.flv", megabits=3.0, size="1280x720")
    home = tmp_path / "obs"
    home.mkdir()
    with obs_streaming(home, server=product.rtmp_url, key=key, clip=clip):
        stream_id = await live_stream(product, creator, timeout_s=60)
        over_webrtc = await people.viewer(stream_id, transport="webrtc")
        over_hls = await people.viewer(stream_id, transport="hls")
        for viewer in (over_webrtc, over_hls):
            await viewer.frames_advance(150)
            await viewer.hears_sound()
    await product.end_stream(creator)
    replay = await replay_of(product, creator, stream_id)
    assert replay["durationS"] >= 5
