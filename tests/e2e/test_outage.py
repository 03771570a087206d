"""PostgreSQL and Valkey die while people watch: the media goes on, and the API comes back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright

from tests.e2e.conftest import People
from tests.e2e.product import ApiRefusal, running_product
from tests.support.servers import OwnPostgres, OwnValkey, new_server_dir, remove_server_dir
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def exposed(
    own_postgres: OwnPostgres, own_valkey: OwnValkey, browser: Browser, playwright: Playwright
) -> AsyncIterator[People]:
    """A product on databases that the test may kill."""
    folder = new_server_dir()
    settings = {"DATABASE_URL": own_postgres.dsn("postgres"), "REDIS_URL": own_valkey.url}
    with running_product(folder, settings) as product:
        async with AsyncExitStack() as stack:
            yield People(product, browser, playwright, stack)
    remove_server_dir(folder)


async def test_media_goes_on_without_databases_and_the_api_recovers(
    exposed: People, own_postgres: OwnPostgres, own_valkey: OwnValkey
) -> None:
    product = exposed.product
    account, studio = await exposed.creator()
    stream_id = await studio.go_live("Through the storm")
    over_webrtc = await exposed.viewer(stream_id, transport="webrtc")
    over_hls = await exposed.viewer(stream_id, transport="hls")
    await over_webrtc.frames_advance()
    await over_hls.frames_advance()

    async def refused_as_unavailable() -> bool:
        try:
            await product.stream(stream_id)
        except ApiRefusal as refusal:
            if refusal.status != 503:
                raise
            return True
        return False

    async def answers() -> bool:
        return not await refused_as_unavailable()

    own_postgres.kill()
    await eventually(refused_as_unavailable, timeout_s=20)
    await asyncio.gather(over_webrtc.frames_advance(60), over_hls.frames_advance(60))
    own_postgres.start()
    await eventually(answers, timeout_s=30)

    own_valkey.kill()
    await asyncio.gather(over_webrtc.frames_advance(60), over_hls.frames_advance(60))
    newcomer = await exposed.viewer(stream_id)
    await newcomer.shows("error")
    own_valkey.start()

    async def is_live_again() -> bool:
        return bool((await product.stream(stream_id))["mediaState"] == "live")

    await eventually(answers, timeout_s=30)
    await eventually(is_live_again, timeout_s=30)
    # Nobody touched the page: it asked again by itself.
    await newcomer.shows("live")
    await newcomer.frames_advance()
    await product.end_stream(account)
    for viewer in (over_webrtc, over_hls, newcomer):
        await viewer.shows("ended")
