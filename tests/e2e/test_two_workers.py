"""Two media workers: the one that people are at is sent away or killed under them, and they do nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, Response, expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People
from tests.e2e.dj.pages import BoothPage
from tests.e2e.product import Product, running_product
from tests.media_server.ingest.encoders import ffmpeg
from tests.support.ports import free_port, free_ports
from tests.support.servers import new_server_dir, remove_server_dir
from tests.support.waiting import eventually

MORE_THAN_BUFFERED = 120
"""Frames: four seconds, of which a page has no more than two in hand when its worker is killed."""
CONNECTIONS = 10
"""To a port that two workers share: that all of them reach the same one happens once in five hundred times."""

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def people_of_two(browser: Browser, playwright: Playwright) -> AsyncIterator[People]:
    folder = new_server_dir()
    settings = {
        "MEDIA_WORKERS": "2",
        "MEDIA_PORT": str(free_ports(2)[0]),
        "RTMP_PORT": str(free_port()),
        "MEDIA_DRAIN_S": "30",
        "WEB_DIST": os.environ.get("WEB_DIST", ""),
    }
    with running_product(folder, settings) as product:
        async with AsyncExitStack() as stack:
            yield People(product, browser, playwright, stack)
    remove_server_dir(folder)


def media_pid(product: Product, url: str) -> int:
    """The process of the media worker at `url`: one that ended was started again since the table was printed."""
    supervisor = psutil.Process(product.pid("api")).parent()
    assert supervisor is not None
    workers = (child for child in supervisor.children() if "deploy.processes.media_worker" in child.cmdline())
    return next(worker.pid for worker in workers if worker.environ()["MEDIA_PORT"] == str(urlsplit(url).port))


async def test_the_worker_of_a_booth_leaves_and_the_dj_hears_and_talks_on(people_of_two: People) -> None:
    people, product = people_of_two, people_of_two.product
    dj = await product.account("dj")
    booth = await BoothPage.open(await people.profile(dj))
    opened: list[tuple[str, str]] = []
    """The way, WHEP or WHIP, and the media server of each session."""

    def note(response: Response) -> None:
        server, _, way = response.url.partition("/wh")
        if response.status == 201 and response.request.method == "POST" and way:
            opened.append((way[:2], server))

    booth.page.on("response", note)
    await booth.control("talk_panel").click()
    await booth.control("microphone-open").click()
    await eventually(lambda: len(opened) == 1, timeout_s=PATIENCE_MS / 1000)
    [(_, left)] = opened

    os.kill(media_pid(product, left), signal.SIGTERM)

    def is_elsewhere() -> bool:
        return {way for way, server in opened if server != left} == {"ep", "ip"}

    await eventually(is_elsewhere, timeout_s=PATIENCE_MS / 1000)
    link = booth.control("link")
    await expect(link).to_have_attribute("data-via", "data", timeout=PATIENCE_MS)
    await expect(link).to_contain_text("Connected", timeout=PATIENCE_MS)
    await expect(booth.page.get_by_text("Connecting to the mixer")).to_be_hidden(timeout=PATIENCE_MS)
    await booth.control("close-booth").click()
    await booth.control("end-confirm").click()


async def test_a_player_by_rtmp_is_served_by_whichever_worker_its_connection_reaches(people_of_two: People) -> None:
    people, product = people_of_two, people_of_two.product
    _, studio = await people.creator()
    stream_id = await studio.go_live("For VLC")
    url = f"{product.rtmp_url}/{stream_id}?token={(await product.join(stream_id))['token']}"
    for _ in range(CONNECTIONS):
        async with ffmpeg("-i", url, "-t", "1", "-f", "null", "-") as player:
            said = await player.ended()
        assert player.process.returncode == 0, said
        assert "0 decode errors" in said
        assert "Video: h264" in said
        assert "Audio: aac" in said
    assert any("pulled " in line and stream_id in line for line in product.output.splitlines())


async def test_the_worker_of_a_stream_is_killed_and_everybody_goes_on(people_of_two: People) -> None:
    people, product = people_of_two, people_of_two.product
    _, studio = await people.creator()
    stream_id = await studio.go_live("On the move")
    viewer = await people.viewer(stream_id)
    over_hls = await people.viewer(stream_id, transport="hls")
    await viewer.frames_advance()
    await over_hls.frames_advance()
    watch = await product.join(stream_id)

    os.kill(media_pid(product, watch["whepUrl"]), signal.SIGKILL)
    killed_at = time.monotonic()

    await viewer.frames_advance(MORE_THAN_BUFFERED)
    print(f"{MORE_THAN_BUFFERED} more frames within {time.monotonic() - killed_at:.1f} s")
    await studio.is_on_air()
    await viewer.shows("live")
    await over_hls.shows("live")
    await over_hls.frames_advance(MORE_THAN_BUFFERED)
    await over_hls.hears_sound()
    assert (await product.stream(stream_id))["mediaState"] == "live"
