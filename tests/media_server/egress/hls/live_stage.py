"""A live stream on a real HTTP server: a source of its own clock feeds an HlsEgress, as a publisher does."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.settings import HlsSettings
from media_server.http.cors import cors_signal
from media_server.http.errors import render_errors
from media_server.http.hls import hls_routes
from media_server.hub.from_rtp import RtpSource
from media_server.hub.hub import Hub
from media_server.transcode.aac_track import AacTrack
from media_server.transcode.sounds import SoundMaker
from tests.support.rtp_source import H264Source, OpusSource

HLS_JS = Path(__file__).parents[4] / "web/node_modules/hls.js/dist/hls.min.js"
PAGE = Path(__file__).with_name("player.html")
STREAM_ID = "stream"


@dataclass
class LiveStage:
    """What a test needs of the running stream."""

    egress: HlsEgress
    source: RtpSource
    aac: AacTrack
    video: H264Source | None
    audio: OpusSource | None
    address: str

    def change_video(self, video: H264Source) -> None:
        """The same publisher's encoder takes another size: same stream of RTP, clock and all."""
        assert self.video is not None
        video.numbers = self.video.numbers
        self.video = video

    def publish_again(self, video: H264Source, audio: OpusSource) -> None:
        """The publisher was lost, and is back with new clocks."""
        self.source.interrupt(now=time.monotonic())
        self.source.set_tracks(video_codec="H264", audio_codec="opus", now=time.monotonic())
        self.video, self.audio = video, audio

    def poll(self) -> None:
        """The timers of a room."""
        now = time.monotonic()
        self.source.poll(now=now)
        self.aac.poll(now=now)
        self.egress.poll(now=now)

    def request_keyframe(self) -> None:
        """What the egress asks its publisher for."""
        if self.video is not None:
            self.video.request_keyframe()


async def feed(stage: LiveStage) -> None:
    """Sends pictures (with the wall clock in milliseconds drawn in them) and sound in real time until cancelled."""
    source = stage.source
    started = time.monotonic()
    pictures = sounds = 0
    while True:
        video, audio, now = stage.video, stage.audio, time.monotonic()
        if video is not None and pictures / video.fps <= now - started:
            clock_ms, timestamp = int(time.time() * 1000), pictures * 90_000 // video.fps
            pictures += 1
            packets = await asyncio.to_thread(video.packets, clock=clock_ms, timestamp=timestamp)
            for packet in packets if video is stage.video else ():
                source.receive("video", packet, now=time.monotonic())
        while audio is not None and sounds / 50 <= now - started:
            sounds += 1
            for packet in audio.packets():
                source.receive("audio", packet, now=time.monotonic())
        stage.poll()
        await asyncio.sleep(0.005)


@asynccontextmanager
async def live_stage(
    *, video: H264Source | None, audio: OpusSource | None, settings: HlsSettings | None = None
) -> AsyncIterator[LiveStage]:
    """A stream that is live, on a port of its own, with a page that plays it at `/`."""
    sounds = SoundMaker()
    egress = HlsEgress(
        settings=settings or HlsSettings(),
        request_keyframe=lambda: stage.request_keyframe(),
        wall_offset_s=time.time() - time.monotonic(),
        name_key=secrets.token_bytes(32),
    )
    hub = Hub()
    source = RtpSource(hub, request_keyframe=lambda: stage.request_keyframe())
    aac = AacTrack(hub, sounds=sounds)
    for listener in (aac, egress):
        hub.listen(listener, now=time.monotonic())
    source.set_tracks(
        video_codec="H264" if video else None, audio_codec="opus" if audio else None, now=time.monotonic()
    )
    async with served(egress) as address:
        stage = LiveStage(egress, source, aac, video, audio, address)
        tasks = [asyncio.create_task(work) for work in (sounds.run(), feed(stage))]
        try:
            yield stage
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def served(egress: HlsEgress) -> AsyncIterator[str]:
    """A real HTTP server with the stream, and a page that plays it at `/`; its address."""
    app = web.Application(middlewares=[render_errors])
    app.on_response_prepare.append(cors_signal(("*",)))
    app.add_routes(hls_routes(lambda name: egress if name == STREAM_ID else None, lambda request, name: "viewer"))
    app.router.add_get("/", _page)
    app.router.add_get("/hls.js", _hls_js)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listening).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await runner.cleanup()


async def _page(request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE)


async def _hls_js(request: web.Request) -> web.FileResponse:
    return web.FileResponse(HLS_JS)
