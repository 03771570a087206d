"""Players by RTMP at a worker that has not the publisher are sent what it pulls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from media_server.hub.frames import Frame
from media_server.sessions import relayed
from tests.media_server.ingest.encoders import ffmpeg
from tests.media_server.ingest.player import player
from tests.support.media_worker import MediaWorker
from tests.support.ports import free_port
from tests.support.several_workers import Workers, several_workers
from tests.support.waiting import eventually

PICTURE = ("-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30")
TONE = ("-re", "-f", "lavfi", "-i", "sine=frequency=660:sample_rate=48000")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-ac", "2")


class Place:
    """A worker, and where encoders and players connect to it."""

    def __init__(self, worker: MediaWorker, port: int) -> None:
        self.worker = worker
        self.port = port

    @property
    def publish_url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live/nrs_key"

    @property
    def token(self) -> str:
        return self.worker.signer.sign("s", "watch", sub="viewer-7")

    @property
    def play_url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live/s?token={self.token}"


@pytest.fixture
async def workers(valkey_url: str) -> AsyncIterator[Workers]:
    async with several_workers(valkey_url) as started:
        started.directory.keys["nrs_key"] = "s"
        yield started


async def place(workers: Workers) -> Place:
    port = free_port()
    return Place(await workers.start(rtmp_port=port), port)


async def on_air(workers: Workers, encoders: AsyncExitStack) -> Place:
    """The worker that a stream with picture and sound has come to."""
    origin = await place(workers)
    await encoders.enter_async_context(ffmpeg(PICTURE, TONE, H264, AAC, "-f", "flv", origin.publish_url))
    await origin.worker.until_room("s", "live", timeout_s=15)
    workers.directory.origins["s"] = origin.worker.url
    return origin


async def test_ffmpeg_plays_picture_and_sound_at_another_worker(workers: Workers, tmp_path: Path) -> None:
    async with AsyncExitStack() as encoders:
        await on_air(workers, encoders)
        edge = await place(workers)
        async with ffmpeg("-i", edge.play_url, "-t", "3", "-c", "copy", str(tmp_path / "played.mkv")) as viewer:
            said = await viewer.ended()
        assert viewer.process.returncode == 0, said
        told = await edge.worker.room("s")
        assert (told["role"], told["viewers"], told["hls"]) == ("edge", 1, False)
        assert len(workers.directory.asked) == 1
    with av.open(str(tmp_path / "played.mkv")) as played:
        frames = list(played.decode())
    pictures = [frame for frame in frames if isinstance(frame, VideoFrame)]
    sounds = np.concatenate([frame.to_ndarray()[0] for frame in frames if isinstance(frame, AudioFrame)])
    assert len(pictures) > 60
    second = sounds[-48_000:]
    assert np.argmax(np.abs(np.fft.rfft(second * np.hanning(second.size)))) == pytest.approx(660, abs=4)


async def test_nothing_is_pulled_for_a_player_whose_token_is_none_or_whose_stream_is_nowhere(
    workers: Workers,
) -> None:
    edge = await place(workers)
    async with player(edge.port, "s", "a.b.c") as viewer:
        await viewer.closed()
    assert workers.directory.asked == []
    async with player(edge.port, "s", edge.token) as viewer:
        await viewer.closed()
    assert viewer.codes == ["NetStream.Play.StreamNotFound"]
    assert len(workers.directory.asked) == 1


async def test_the_stream_is_left_when_the_last_player_has_gone(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relayed, "UNWATCHED_S", 0.5)
    async with AsyncExitStack() as encoders:
        origin = await on_air(workers, encoders)
        edge = await place(workers)
        async with player(edge.port, "s", edge.token) as first, player(edge.port, "s", edge.token) as second:
            await eventually(lambda: len(first.frames("video")) > 30 and len(second.frames("audio")) > 30)
            await first.close()
            had = len(second.frames("video"))
            await eventually(lambda: len(second.frames("video")) > had + 30)

        async def is_left() -> bool:
            rooms = (await edge.worker.snapshot())["rooms"]
            return "s" not in rooms

        await eventually(is_left, timeout_s=15)
        assert (await origin.worker.room("s"))["state"] == "live"


async def test_who_plays_goes_on_when_the_encoder_comes_to_this_worker(workers: Workers) -> None:
    async with AsyncExitStack() as encoders:
        await on_air(workers, encoders)
        edge = await place(workers)
        async with player(edge.port, "s", edge.token) as viewer:
            await eventually(lambda: len(viewer.frames("video")) > 30)
            async with ffmpeg(PICTURE, TONE, H264, AAC, "-f", "flv", edge.publish_url):
                await eventually(lambda: has_role(edge, "origin"), timeout_s=15)
                had = len(viewer.frames("video"))
                await eventually(lambda: len(viewer.frames("video")) > had + 60, timeout_s=15)
                assert ascends(viewer.frames("video"))
                assert (await edge.worker.room("s"))["hls"]
            assert "NetStream.Play.Stop" not in viewer.codes


async def has_role(here: Place, role: str) -> bool:
    return bool((await here.worker.snapshot())["rooms"].get("s", {}).get("role") == role)


def ascends(frames: list[Frame]) -> bool:
    times = [frame.dts for frame in frames]
    return times == sorted(times)
