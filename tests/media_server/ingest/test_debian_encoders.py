"""Encoders of Debian: ffmpeg 5, GStreamer's `rtmp2sink` and `rtmpsink`, OBS.

Needs Debian's `ffmpeg`, `gstreamer1.0-tools`, `gstreamer1.0-plugins-{base,good,bad,ugly}`, `gstreamer1.0-libav`, and
for OBS `obs-studio`, `xvfb` and `dbus`.
"""

from __future__ import annotations

import asyncio
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from media_server.ingest.health import StreamHealth
from tests.media_server.ingest.encoders import AAC, H264, ffmpeg, publishing
from tests.media_server.ingest.encoders import PICTURE as TEST_PICTURE
from tests.media_server.ingest.encoders import SOUND as TEST_SOUND
from tests.media_server.ingest.stage import KEY, Stage, stage
from tests.media_server.ingest.test_ffmpeg import decoded
from tests.support.obs import ObsProfile, obs_streaming
from tests.support.waiting import eventually

pytestmark = pytest.mark.soak

PICTURES = "videotestsrc is-live=true num-buffers=90 ! video/x-raw,width=320,height=180,framerate=30/1"
X264 = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! h264parse"
SOUND = "audiotestsrc is-live=true num-buffers=140 ! audioconvert ! avenc_aac ! aacparse"


def program(name: str) -> str:
    """Where it is; fails the test with its name when it is not installed."""
    found = shutil.which(name)
    assert found is not None, f"{name} is not installed: see this module"
    return found


async def run(*command: str) -> str:
    """A program, to its end; what it said."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    return said.decode("utf-8", "replace")


async def arrived(here: Stage, pictures: int) -> None:
    """All of it is in the hub, and a decoder makes pictures of it."""
    await eventually(lambda: here.room.current is None)
    heard = here.heard
    assert heard.formats() == {"video": "h264", "audio": "aac"}
    assert len(heard.frames["video"]) >= pictures
    assert decoded(heard.track("video"), heard.frames["video"]) == len(heard.frames["video"])
    assert all(after.dts > before.dts for before, after in pairwise(heard.frames["audio"]))


async def test_ffmpeg_5_is_taken() -> None:
    async with stage() as here:
        said = await run(program("ffmpeg"), "-nostdin", *publishing(here.url(), H264, AAC, seconds=2))
        assert "libavformat" in said
        await arrived(here, 60)


@pytest.mark.parametrize("sink", ["rtmp2sink", "rtmpsink"])
async def test_gstreamer_is_taken(sink: str) -> None:
    async with stage() as here:
        pipeline = (
            f"{PICTURES} ! {X264} ! mux. {SOUND} ! mux. flvmux name=mux streamable=true ! {sink} location={here.url()}"
        )
        said = await run(program("gst-launch-1.0"), *pipeline.split())
        assert "ERROR" not in said
        await arrived(here, 85)


async def test_gstreamer_hears_that_its_key_is_wrong() -> None:
    async with stage() as here:
        pipeline = f"{PICTURES} ! {X264} ! flvmux streamable=true ! rtmp2sink location={here.url('nrs_wrong')}"
        assert "This stream key is not known" in await run(program("gst-launch-1.0"), *pipeline.split())
        assert here.heard.tracks == []


async def clip_in(folder: Path) -> Path:
    """A few seconds that OBS plays over and over."""
    clip = folder / "clip.mp4"
    async with ffmpeg("-y", *TEST_PICTURE, *TEST_SOUND, *H264, *AAC, "-t", "5", str(clip)) as making:
        await making.ended()
    return clip


async def test_obs_as_the_wizard_leaves_it_is_taken_and_told_of_its_key_frames(tmp_path: Path) -> None:
    clip, health = await clip_in(tmp_path), StreamHealth()

    def is_found() -> bool:
        health.poll(now=here.clock())
        state = health.state()
        return state is not None and "KEYFRAMES_FAR_APART" in [found["code"] for found in state["findings"]]

    async with stage() as here:
        here.room.hub.listen(health, now=here.clock())
        server = here.url("").rstrip("/")
        with obs_streaming(tmp_path, server=server, key=KEY, clip=clip):
            await eventually(is_found, timeout_s=40, every_s=0.5)
    assert here.heard.formats() == {"video": "h264", "audio": "aac"}
    assert here.heard.track("video").bitrate_bps == 2_500_000
    assert here.room.reasons == ["the client stopped"]


async def test_obs_that_is_sent_away_comes_again_by_itself_at_another_worker(tmp_path: Path) -> None:
    clip = await clip_in(tmp_path)

    async def told() -> None:
        """The control plane knows already."""

    async with stage() as leaving:
        server = leaving.url("").rstrip("/")
        with obs_streaming(tmp_path, server=server, key=KEY, clip=clip, profile=ObsProfile(640, 360)):
            await eventually(lambda: leaving.heard.count() > 60, timeout_s=60, every_s=0.5)
            async with stage(port=leaving.server.port) as staying:
                leaving.server.close_door()
                await leaving.server.send_away(told=told)
                assert leaving.server.connections == 0
                await eventually(lambda: staying.heard.count() > 60, timeout_s=60, every_s=0.5)


async def test_obs_shows_why_a_key_is_refused(tmp_path: Path) -> None:
    clip = await clip_in(tmp_path)
    async with stage() as here:
        server = here.url("").rstrip("/")
        with obs_streaming(tmp_path, server=server, key="nrs_wrong", clip=clip):
            log = tmp_path / "obs.log"
            sentence = "This stream key is not known. Copy it again from the studio."
            await eventually(lambda: sentence in log.read_text(errors="replace"), timeout_s=40, every_s=0.5)
    assert here.heard.tracks == []
