"""A viewer whose every request takes long, on a path that carries plenty, sees the picture over HLS all the same."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import People

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

ROUND_TRIP_MS = 500
"""A satellite's, or a crowded mobile cell's. Parts of a third of a second come one a round trip."""
UNLIMITED = -1


async def test_a_viewer_of_long_round_trips_sees_the_picture_over_hls(people: People) -> None:
    account, studio = await people.creator()
    stream_id = await studio.go_live("Far away")
    viewer = await people.viewer(stream_id, transport="hls")
    browser = await viewer.page.context.new_cdp_session(viewer.page)
    await browser.send("Network.enable")
    await browser.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": UNLIMITED,
            "uploadThroughput": UNLIMITED,
        },
    )
    await viewer.frames_advance(300)
    await viewer.shows("live")
    await people.product.end_stream(account)
    await viewer.shows("ended")
