"""An encoder's media worker is told to end: what it sends goes on at another one, for the same viewers."""

from __future__ import annotations

import asyncio
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import pytest

from tests.control_api.support.api import Account
from tests.media_server.ingest.encoders import AAC, H264, ffmpeg, publishing
from tests.scenarios.two_workers import CEILING_S, Stage, ended, two_workers
from tests.support.live_peers import Viewer
from tests.support.waiting import eventually

TRIES_AGAIN_AFTER_S = 0.3
DATED_SEGMENT = re.compile(r"^#EXT-X-PROGRAM-DATE-TIME:(\S+)", re.MULTILINE)


@pytest.fixture
async def stage(database_url: str, valkey_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with two_workers(database_url, valkey_url, tmp_path) as started:
        yield started


@asynccontextmanager
async def encoder(url: str) -> AsyncIterator[list[str]]:
    """ffmpeg as scripts run it, and as OBS behaves: started again whenever its connection is lost. What it said."""
    said: list[str] = []

    async def keep_on() -> None:
        while True:
            async with ffmpeg(publishing(url, H264, AAC)) as program:
                # No end of its own: it publishes until its connection is lost.
                await program.process.wait()
                said.append(program.said.decode(errors="replace"))
            await asyncio.sleep(TRIES_AGAIN_AFTER_S)

    running = asyncio.create_task(keep_on())
    try:
        yield said
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class HlsPage:
    """Reads playlists as a page does, and joins again when they end or are not there any more."""

    def __init__(self, stage: Stage, stream_id: str) -> None:
        self._stage = stage
        self._stream_id = stream_id
        self.newest = ""
        """The date of the newest segment."""
        self.joined = 0

    async def run(self) -> None:
        while True:
            watch = (await self._stage.api.post(f"/stream/{self._stream_id}/join")).data["watch"]
            self.joined += 1
            playlist = await self._variant(f"{watch['hlsUrl']}?token={watch['token']}")
            while playlist is not None and (text := await self._get(playlist)) is not None:
                self.newest = max([self.newest, *DATED_SEGMENT.findall(text)])
                if "#EXT-X-ENDLIST" in text:
                    break
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.2)

    async def _variant(self, url: str) -> str | None:
        text = await self._get(url)
        uris = [line for line in (text or "").splitlines() if line and not line.startswith("#")]
        return urljoin(url, uris[0]) if uris else None

    async def _get(self, url: str) -> str | None:
        try:
            async with self._stage.http.get(url) as response:
                return await response.text() if response.status == 200 else None
        except OSError:
            return None


@asynccontextmanager
async def page_over_hls(stage: Stage, stream_id: str) -> AsyncIterator[HlsPage]:
    page = HlsPage(stage, stream_id)
    running = asyncio.create_task(page.run())
    try:
        yield page
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert running.cancelled()


async def begin(stage: Stage, creator: Account) -> str:
    """The id of the stream that the encoder has begun, once it is live."""
    found: list[str] = []

    async def is_live() -> bool:
        stream = (await stage.api.get("/stream/current", by=creator)).data["stream"] or {}
        found[:] = [str(stream.get("id"))]
        return bool(stream.get("mediaState") == "live")

    await eventually(is_live, timeout_s=CEILING_S)
    return found[0]


def counted(viewer: Viewer) -> Counter[int]:
    """How many packets of each SSRC come from now on; what a real encoder sends bears no labels."""
    heard: Counter[int] = Counter()
    viewer.client.on_rtp = lambda packet: heard.update((packet.ssrc,))
    return heard


async def plays(viewer: Viewer) -> None:
    heard = counted(viewer)
    await eventually(lambda: heard[viewer.video_ssrc] > 20 and heard[viewer.audio_ssrc] > 10, timeout_s=CEILING_S)


async def test_an_encoder_whose_worker_is_told_to_end_goes_on_at_another_for_the_same_viewers(stage: Stage) -> None:
    creator = await stage.api.account("performer")
    wish = {"title": "From an encoder", "description": "", "record": True, "takeOver": False}
    assert (await stage.api.send("PUT", "/stream/encoder", json=wish, by=creator)).status == 200
    key = (await stage.api.post("/stream/keys", {"label": "Test"}, by=creator)).data["secret"]
    async with encoder(f"rtmp://127.0.0.1:{stage.rtmp_port}/live/{key}") as said:
        stream_id = await begin(stage, creator)
        watch, viewer = await stage.join(stream_id)
        home, other = watch["originId"], stage.other(watch["originId"])
        await plays(viewer)
        async with page_over_hls(stage, stream_id) as page:
            await eventually(lambda: bool(page.newest), timeout_s=CEILING_S)

            stage.workers[home].process.send_signal(signal.SIGTERM)
            told_at = datetime.now(UTC)
            # The viewer over WebRTC is told where to go, and is there when the encoder comes.
            await eventually(lambda: (stream_id, home) in stage.announcements.moves, timeout_s=CEILING_S)
            watch, moved = await stage.join(stream_id)
            assert watch["workerId"] == other
            await viewer.close()
            assert await ended(stage.workers[home]) == 0
            left_at = datetime.now(UTC)
            await plays(moved)
            assert not moved.client.is_closed_by_server

            async def is_at_the_other() -> bool:
                told = (await stage.api.post(f"/stream/{stream_id}/join")).data["watch"]
                return bool(told["originId"] == other)

            await eventually(is_at_the_other, timeout_s=CEILING_S)
            seen = page.newest
            await eventually(lambda: page.newest > seen, timeout_s=CEILING_S)
            assert page.joined >= 2
            await eventually(lambda: recorded(stage, stream_id, told_at=told_at, left_at=left_at), timeout_s=CEILING_S)
        assert await begin(stage, creator) == stream_id
        await moved.close()
    # It was cut off once, by nothing that an encoder would take for a refusal.
    assert len(said) == 1
    assert not re.search(r"NetStream\.(Failed|Publish\.BadName)|NetConnection\.Connect\.Rejected", said[0])
    states = {state.media_state.value for state in stage.announcements.states}
    assert "ended" not in states


async def recorded(stage: Stage, stream_id: str, *, told_at: datetime, left_at: datetime) -> bool:
    """Whether the one recording there is goes on, with all that the first worker had when it was told to end."""
    rows = await stage.api.execute(
        "select r.id, r.state, s.date_time as begins, s.date_time + make_interval(secs => s.duration_s) as ends"
        " from replay r join replay_segment s on s.replay_id = r.id where r.stream_id = $1",
        stream_id,
    )
    assert {row["state"] for row in rows} <= {"recording"}
    assert len({row["id"] for row in rows}) <= 1
    return any(told_at <= row["ends"] < left_at for row in rows) and any(row["begins"] > left_at for row in rows)
