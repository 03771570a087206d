"""Two media workers: the one that a stream is at is killed under those who publish and watch, who do nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright

from tests.e2e.conftest import People
from tests.e2e.product import running_product
from tests.support.ports import free_port, free_ports
from tests.support.servers import new_server_dir, remove_server_dir

MORE_THAN_BUFFERED = 120
"""Frames: four seconds, of which a page has no more than two in hand when its worker is killed."""

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def people_of_two(browser: Browser, playwright: Playwright) -> AsyncIterator[People]:
    folder = new_server_dir()
    settings = {
        "MEDIA_WORKERS": "2",
        "MEDIA_PORT": str(free_ports(2)[0]),
        "RTMP_PORT": str(free_port()),
        "WEB_DIST": os.environ.get("WEB_DIST", ""),
    }
    with running_product(folder, settings) as product:
        async with AsyncExitStack() as stack:
            yield People(product, browser, playwright, stack)
    remove_server_dir(folder)


async def test_the_worker_of_a_stream_is_killed_and_everybody_goes_on(people_of_two: People) -> None:
    people, product = people_of_two, people_of_two.product
    _, studio = await people.creator()
    stream_id = await studio.go_live("On the move")
    viewer = await people.viewer(stream_id)
    over_hls = await people.viewer(stream_id, transport="hls")
    await viewer.frames_advance()
    await over_hls.frames_advance()
    watch = await product.join(stream_id)

    os.kill(product.pid(watch["workerId"].replace("-", " ")), signal.SIGKILL)
    killed_at = time.monotonic()

    await viewer.frames_advance(MORE_THAN_BUFFERED)
    print(f"{MORE_THAN_BUFFERED} more frames within {time.monotonic() - killed_at:.1f} s")
    await studio.is_on_air()
    await viewer.shows("live")
    await over_hls.shows("live")
    await over_hls.frames_advance(MORE_THAN_BUFFERED)
    await over_hls.hears_sound()
    assert (await product.stream(stream_id))["mediaState"] == "live"
