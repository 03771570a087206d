"""What viewers see when the network loses packets, or gives a device another address."""

from __future__ import annotations

import pytest

from tests.e2e.browsers import StudioPage, WatchPage
from tests.e2e.conftest import People
from tests.e2e.lossy_link import lossy_link, send_media_through

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LOSS = 0.03
ENOUGH_LOST = 15
FRAMES = 60


async def test_a_viewer_who_loses_packets_is_sent_them_again(people: People) -> None:
    _, studio = await people.creator()
    stream_id = await studio.go_live("Bad hotel network")
    async with lossy_link(people.product.media_port, loss=LOSS, seed=7) as link:
        context = await people.profile()
        await send_media_through(context, link.port)
        viewer = await WatchPage.open(context, stream_id, "webrtc")
        while link.lost < ENOUGH_LOST:
            await viewer.frames_advance(10)
        await viewer.hears_sound()
        latencies = await viewer.latencies_ms(30)
        assert max(latencies) < 10_000, "the picture does not fall behind"


async def test_a_publisher_who_loses_packets_is_asked_for_them_and_viewers_see_a_whole_picture(people: People) -> None:
    async with lossy_link(people.product.media_port, loss=LOSS, seed=11) as link:
        account = await people.product.account("performer")
        context = await people.profile(account)
        await send_media_through(context, link.port)
        studio = await StudioPage.open(context)
        stream_id = await studio.go_live("From the festival")
        over_webrtc = await people.viewer(stream_id, transport="webrtc")
        over_hls = await people.viewer(stream_id, transport="hls")
        while link.lost < ENOUGH_LOST:
            await over_webrtc.frames_advance(10)
        for viewer in (over_webrtc, over_hls):
            await viewer.frames_advance(FRAMES)
            await viewer.hears_sound()
            await viewer.latencies_ms(30)
        await studio.is_on_air()


async def test_a_device_that_gets_another_address_goes_on_without_a_new_session(people: People) -> None:
    async with lossy_link(people.product.media_port) as link:
        account = await people.product.account("performer")
        context = await people.profile(account)
        await send_media_through(context, link.port)
        studio = await StudioPage.open(context)
        stream_id = await studio.go_live("On the train")
        viewer = await WatchPage.open(context, stream_id, "webrtc")
        await viewer.frames_advance()
        sessions: list[str] = []
        context.on("request", lambda request: sessions.append(request.url) if request.method == "POST" else None)
        link.move()
        await viewer.frames_advance(FRAMES)
        await viewer.shows("live")
        assert [url for url in sessions if "/whip/" in url or "/whep/" in url] == []
