"""What viewers see when the publisher's browser dies, and when the creator comes back."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_viewers_are_told_and_the_stream_ends_after_the_grace(people: People) -> None:
    mortal = await people.mortal_browser()
    _, studio = await people.creator(browser=mortal.browser)
    stream_id = await studio.go_live("The battery is low")
    over_webrtc = await people.viewer(stream_id, transport="webrtc")
    over_hls = await people.viewer(stream_id, transport="hls")
    await over_webrtc.frames_advance()
    await over_hls.frames_advance()

    mortal.kill()

    await over_webrtc.shows("interrupted")
    await over_hls.shows("interrupted")
    await over_webrtc.shows("ended")
    await over_hls.shows("ended")
    stream = await people.product.stream(stream_id)
    assert (stream["status"], stream["endedReason"]) == ("ended", "publisher_lost")


async def test_within_the_grace_the_same_stream_goes_on_for_viewers_who_did_nothing(people: People) -> None:
    mortal = await people.mortal_browser()
    account, studio = await people.creator(browser=mortal.browser)
    stream_id = await studio.go_live("Back in a moment")
    over_webrtc = await people.viewer(stream_id, transport="webrtc")
    over_hls = await people.viewer(stream_id, transport="hls")
    await over_webrtc.frames_advance()
    await over_hls.frames_advance()
    pages = [await over_webrtc.identity(), await over_hls.identity()]
    elsewhere = await people.studio(account)
    await expect(elsewhere.page.get_by_test_id("continue-here")).to_be_enabled(timeout=PATIENCE_MS)

    mortal.kill()
    await over_webrtc.shows("interrupted")
    await elsewhere.continue_here()

    for viewer in (over_webrtc, over_hls):
        await viewer.shows("live")
        await viewer.page.evaluate("witness.loudest = 0")
        await viewer.frames_advance(30)
        await viewer.hears_sound()
        latencies = await viewer.latencies_ms(10)
        assert max(latencies) < PATIENCE_MS, "the picture is of now"
    assert [await over_webrtc.identity(), await over_hls.identity()] == pages
    assert (await people.product.stream(stream_id))["mediaState"] == "live"


async def test_continuing_on_another_device_takes_the_stream_over_while_it_is_on(people: People) -> None:
    account, first = await people.creator()
    stream_id = await first.go_live("From desk to phone")
    viewer = await people.viewer(stream_id)
    await viewer.frames_advance()

    second = await people.studio(account)
    await second.continue_here()

    await expect(first.page.get_by_test_id("continue-here")).to_be_visible(timeout=PATIENCE_MS)
    await viewer.shows("live")
    await viewer.frames_advance(30)
    assert (await people.product.stream(stream_id))["status"] == "live"


async def test_a_reload_of_the_studio_can_take_up_its_stream_again(people: People) -> None:
    _, studio = await people.creator()
    stream_id = await studio.go_live("Oops, F5")
    viewer = await people.viewer(stream_id)
    await viewer.frames_advance()
    studio.page.on("dialog", lambda dialog: dialog.accept())
    await studio.page.reload()
    await studio.continue_here()
    await viewer.shows("live")
    await viewer.frames_advance(30)
    assert (await people.product.stream(stream_id))["status"] == "live"
