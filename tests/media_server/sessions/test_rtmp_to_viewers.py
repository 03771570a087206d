"""ffmpeg pushes RTMP with B-frames and AAC at 44.1 kHz; who watches over WebRTC sees and hears it."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiortc import RTCPeerConnection

from tests.media_server.ingest.encoders import ffmpeg
from tests.media_server.sessions.aiortc_viewer import brightness, loudest_hz, tracks_of, until_renditions
from tests.support.media_worker import media_worker
from tests.support.ports import free_port
from tests.support.waiting import eventually

GREY = ("-re", "-f", "lavfi", "-i", "color=c=0x808080:size=320x180:rate=30")
TONE = ("-re", "-f", "lavfi", "-i", "sine=frequency=660:sample_rate=44100")
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "250", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-ac", "2")


async def grant(request: web.Request) -> web.Response:
    """control_api, which knows one key."""
    body = await request.json()
    assert body["key"] == "nrs_key"
    return web.json_response({"streamId": "s", "userId": "u", "generation": 1, "takeOver": False})


async def test_an_encoder_stays_up_to_the_end_until_there_is_another_worker_to_go_to(valkey_url: str) -> None:
    control = web.Application()
    control.router.add_post("/internal/ingest", grant)
    port = free_port()
    async with TestServer(control, host="127.0.0.1") as server:
        address = str(server.make_url("/")).rstrip("/")
        async with media_worker(valkey_url, control_internal_url=address, rtmp_port=port) as leaving:
            url = f"rtmp://127.0.0.1:{port}/live/nrs_key"
            async with ffmpeg(GREY, H264, "-g", "30", "-f", "flv", url) as encoder:
                await leaving.until_room("s", "live", timeout_s=15)
                await leaving.command(command="drain", deadline_s=60)
                await eventually(lambda: is_refused(port))
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await encoder.process.wait()
                assert not leaving.running.done()
                async with media_worker(valkey_url, control_internal_url=address, rtmp_port=port):
                    await encoder.ended()
                    await asyncio.wait({leaving.running}, timeout=10)
                    assert leaving.running.done()


async def is_refused(port: int) -> bool:
    """Whether nobody takes connections at the port any more."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def test_what_ffmpeg_pushes_is_seen_and_heard(valkey_url: str, viewer: RTCPeerConnection) -> None:
    control = web.Application()
    control.router.add_post("/internal/ingest", grant)
    port = free_port()
    async with TestServer(control, host="127.0.0.1") as server:
        address = str(server.make_url("/")).rstrip("/")
        async with media_worker(valkey_url, control_internal_url=address, rtmp_port=port) as worker:
            url = f"rtmp://127.0.0.1:{port}/live/nrs_key"
            async with ffmpeg(GREY, TONE, H264, AAC, "-f", "flv", url):
                await worker.until_room("s", "live", timeout_s=15)
                tracks = await tracks_of(worker, viewer, "video", "audio")
                assert await brightness(tracks["video"], 20) == pytest.approx(126, abs=4)
                assert await loudest_hz(tracks["audio"]) == pytest.approx(660, abs=4)
                await until_renditions(worker, "video", "video:webrtc")
                assert (await worker.room("s"))["ingest"] == "rtmp"
                await viewer.close()
