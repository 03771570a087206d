"""From a webcam to viewers' screens, over both transports, through the pages."""

from __future__ import annotations

import socket

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import PATIENCE_MS, median_ms
from tests.e2e.conftest import People
from tests.e2e.lossy_link import send_media_through

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LEGIBLE_FRAMES = 20
# What any sane clock reading lies within; how good it is, `make latency` says on a quiet machine.
SANE_MS = 60_000


async def test_viewers_see_and_hear_over_webrtc_and_over_hls_what_is_filmed_now(people: People) -> None:
    _, studio = await people.creator()
    stream_id = await studio.go_live("Clockwork")
    over_webrtc = await people.viewer(stream_id, transport="webrtc")
    over_hls = await people.viewer(stream_id, transport="hls")
    for viewer, transport in ((over_webrtc, "webrtc"), (over_hls, "hls")):
        await viewer.shows("live")
        await viewer.plays_over(transport)  # type: ignore[arg-type]
        await viewer.hears_sound()
        latencies = await viewer.latencies_ms(LEGIBLE_FRAMES)
        assert 0 < median_ms(latencies) < SANE_MS
        assert len({round(latency) for latency in latencies}) > 1, "the clock in the picture goes on"
        print(f"{transport}: median {median_ms(latencies):.0f} ms from camera to screen")


async def test_a_late_joiner_has_a_picture_at_once(people: People) -> None:
    _, studio = await people.creator()
    stream_id = await studio.go_live("Already on")
    first = await people.viewer(stream_id)
    await first.frames_advance(60)
    late = await people.viewer(stream_id)
    took_ms, after_joining_ms = await late.first_frame_ms(), await late.first_frame_after_joining_ms()
    assert 0 < after_joining_ms < took_ms < SANE_MS
    print(f"late joiner: first frame {took_ms:.0f} ms after opening the page, {after_joining_ms:.0f} ms after joining")


async def test_where_no_datagram_passes_the_player_changes_over_to_hls_by_itself(people: People) -> None:
    _, studio = await people.creator()
    stream_id = await studio.go_live("Behind a firewall")
    with socket.socket(type=socket.SOCK_DGRAM) as black_hole:
        black_hole.bind(("127.0.0.1", 0))
        context = await people.profile()
        await send_media_through(context, black_hole.getsockname()[1])
        viewer = await people.watch(context, stream_id)
        await viewer.plays_over("hls")
        await viewer.hears_sound()
        assert black_hole.recv(2000), "WebRTC was tried before it was given up"


@pytest.mark.parametrize("role", ["performer", "dj"])
async def test_the_landing_page_shows_a_stream_while_it_is_on(people: People, role: str) -> None:
    visitor = await (await people.profile()).new_page()
    await visitor.goto("/")
    _, studio = await people.creator(role)
    stream_id = await studio.go_live("On the front page")
    card = visitor.locator(f'[data-testid="live-card"][data-stream-id="{stream_id}"]')
    await expect(card).to_be_visible(timeout=PATIENCE_MS)
    await expect(card).to_contain_text("On the front page")

    await card.get_by_role("link").click()
    await expect(visitor.get_by_test_id("stream-state")).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)
    viewer = await people.viewer(stream_id)
    await viewer.shows("live")
    await visitor.go_back()
    await studio.end()
    await viewer.shows("ended")
    await expect(card).to_have_count(0, timeout=PATIENCE_MS)


async def test_those_who_come_to_a_stream_that_is_over_are_told_so(people: People) -> None:
    account, studio = await people.creator()
    stream_id = await studio.go_live("Short one")
    await people.product.end_stream(account)
    viewer = await people.viewer(stream_id)
    await viewer.shows("ended")


@pytest.mark.parametrize("stream_id", ["7f9a1f7e-0000-4000-8000-000000000000", "nothing"])
async def test_a_stream_that_does_not_exist_is_not_found(people: People, stream_id: str) -> None:
    viewer = await people.viewer(stream_id)
    await viewer.shows("not-found")
