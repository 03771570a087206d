"""`make demo`: a set that can be watched, and that comes back by itself."""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from deploy.demo import music, sign
from deploy.demo.accounts import ALL, DJ, RESIDENT
from deploy.demo.backoff import FIRST_S, LAST_S, STEADY_S, Backoff
from mixer.analysis.track import analyse
from tests.deploy.test_standalone import START_TIMEOUT_S, Installation, pids
from tests.support.processes import running
from tests.support.servers import new_server_dir, remove_server_dir
from tests.support.waiting import eventually, wait_until


async def test_the_demo_goes_on_air_by_itself_and_again_after_the_media_worker_was_lost() -> None:
    folder = new_server_dir()
    installation = Installation(folder)
    try:
        with running("deploy.demo", installation.environment, folder / "log") as program:
            wait_until(lambda: "NRS Live is running" in program.output, timeout_s=START_TIMEOUT_S)
            assert all(account.email in program.output for account in ALL)
            async with aiohttp.ClientSession(f"{installation.url}/api/v1/") as session:
                await eventually(lambda: is_on_air(session), timeout_s=30, every_s=0.5)
                first = (await live_streams(session))[0]
                assert first["creatorName"] == DJ.username
                token = await sign_in(session)
                await eventually(lambda: has_a_crate(session, token), timeout_s=60, every_s=1.0)
                psutil.Process(pids(program)["media worker"]).kill()
                await eventually(lambda: is_received(installation), timeout_s=40)
                await eventually(lambda: is_on_air(session), timeout_s=10, every_s=0.5)
                assert (await live_streams(session))[0]["id"] == first["id"], "it is the same stream"
                assert program.end() == 0
    finally:
        remove_server_dir(folder)


async def live_streams(session: aiohttp.ClientSession) -> list[dict[str, Any]]:
    async with session.get("stream/live") as response:
        streams: list[dict[str, Any]] = (await response.json())["data"]["streams"]
    return streams


async def sign_in(session: aiohttp.ClientSession) -> str:
    """The access token of the resident DJ."""
    async with session.post("auth/login", json={"email": RESIDENT.email, "password": RESIDENT.password}) as response:
        return str((await response.json())["data"]["accessToken"])


async def has_a_crate(session: aiohttp.ClientSession, token: str) -> bool:
    """Whether the resident DJ finds every track in the library, whatever has been found out of it yet."""
    async with session.get("dj/tracks", headers={"Authorization": f"Bearer {token}"}) as response:
        tracks = (await response.json())["data"]["items"]
    return {track["title"] for track in tracks} == {piece.title for piece in music.CRATE}


async def is_on_air(session: aiohttp.ClientSession) -> bool:
    return [stream["mediaState"] for stream in await live_streams(session)] == ["live"]


async def is_received(installation: Installation) -> bool:
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{installation.media_port}/health") as response,
        ):
            return int((await response.json())["rooms"]) == 1
    except aiohttp.ClientError:
        return False


@pytest.mark.parametrize("module", ["deploy.demo", "deploy.demo.show"])
def test_the_demo_refuses_production(module: str, tmp_path: Path) -> None:
    with running(module, {"NODE_ENV": "production", "DATA_DIR": str(tmp_path)}, tmp_path / "log") as program:
        assert program.process.wait(30) == 2
        assert "development only" in program.output


@pytest.fixture(scope="module")
def loop() -> NDArray[np.int16]:
    return music.render()


def test_the_loop_has_no_seam_and_does_not_clip(loop: NDArray[np.int16]) -> None:
    assert loop.shape == (music.NIGHT_SHIFT.loop, 2)
    peak = np.abs(loop.astype(int)).max()
    assert 0.7 * 32_767 < peak < 0.9 * 32_767
    # The step from the last sample to the first is no larger than steps that are heard all the time.
    steps = np.abs(np.diff(loop.astype(int), axis=0)).max(axis=1)
    assert np.abs(loop[0].astype(int) - loop[-1]).max() <= np.quantile(steps, 0.999)


def test_the_loop_is_never_silent_and_wider_than_mono(loop: NDArray[np.int16]) -> None:
    beats = loop.astype(float).reshape(-1, music.NIGHT_SHIFT.beat, 2)
    assert np.sqrt((beats**2).mean(axis=(1, 2))).min() > 1_000
    assert np.abs(beats[..., 0] - beats[..., 1]).max() > 1_000


def test_the_sign_is_a_png_that_says_what_it_should(tmp_path: Path) -> None:
    image = sign.draw("LIVE", (255, 196, 120))
    path = tmp_path / "sign.png"
    sign.write_png(path, image)
    data = io.BytesIO(path.read_bytes())
    assert data.read(8) == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    while head := data.read(8):
        body = data.read(int.from_bytes(head[:4], "big"))
        assert int.from_bytes(data.read(4), "big") == zlib.crc32(head[4:] + body)
        chunks[head[4:]] = body
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(image.shape[0], -1)
    assert np.array_equal(rows[:, 1:].reshape(image.shape), image)
    assert sign.lamps("I").T.tolist()[2] == [True] * sign.ROWS


def test_attempts_wait_longer_each_time_and_begin_anew_after_one_that_held() -> None:
    backoff = Backoff()
    delays = [backoff.after(ran_s=1) for _ in range(8)]
    assert delays == [1, 2, 4, 8, 16, LAST_S, LAST_S, LAST_S]
    assert backoff.after(ran_s=STEADY_S) == FIRST_S


def test_a_track_of_the_crate_has_its_tempo_and_drums_alone_to_be_mixed_in_by() -> None:
    piece = music.CRATE[1]
    track = music.render_track(piece)
    grid = analyse(track).grid
    assert grid is not None
    assert grid.bpm == pytest.approx(piece.bpm, abs=0.02)
    intro, break_ = track[: 8 * piece.bar], track[24 * piece.bar : 32 * piece.bar]
    # Between two kicks the drums leave silence that the harmony fills.
    before_a_kick = np.arange(8 * piece.bar) % piece.beat > 0.9 * piece.beat
    assert np.abs(intro[before_a_kick]).mean() < 0.3 * np.abs(break_[before_a_kick]).mean()
