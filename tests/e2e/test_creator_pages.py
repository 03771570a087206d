"""What a creator does by the pages alone: sets up an encoder, adds a platform, keeps a replay, announces a stream."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People
from tests.support.clock_camera import ClockCamera

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

FILMED_S = 4.0


async def page_of(people: People, role: str, path: str) -> Page:
    """A page of somebody new."""
    account = await people.product.account(role)
    page = await (await people.profile(account)).new_page()
    await page.goto(path)
    return page


async def told_address(page: Page) -> str:
    """What the page says is to be put into the encoder."""
    server = await page.get_by_label("Server", exact=True).input_value()
    key = await page.get_by_test_id("fresh-key").get_by_label("Stream key", exact=True).input_value()
    return f"{server}/{key}"


async def test_a_stream_from_an_encoder_is_set_up_watched_over_ended_and_kept_by_its_pages(people: People) -> None:
    page = await page_of(people, "performer", "/encoder")
    await page.get_by_label("Title").fill("Warehouse night")
    await page.get_by_text("Record it", exact=True).click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Saved")).to_be_visible(timeout=PATIENCE_MS)
    await page.get_by_test_id("make-key").click()
    await expect(page.get_by_test_id("fresh-key")).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.get_by_test_id("encoder-waiting")).to_be_visible()
    camera = ClockCamera(await told_address(page))
    try:
        desk = page.get_by_test_id("encoder-live")
        await expect(desk).to_be_visible(timeout=PATIENCE_MS)
        await expect(desk.get_by_role("heading", name="Warehouse night")).to_be_visible()
        await expect(desk.get_by_test_id("replay-recording")).to_be_visible(timeout=PATIENCE_MS)
        await page.wait_for_function(
            "() => document.querySelector('[data-testid=encoder-live] video')?.videoWidth > 0", timeout=PATIENCE_MS
        )
        await asyncio.sleep(FILMED_S)
        await page.get_by_test_id("end-stream").click()
        await page.get_by_test_id("confirm").click()
        await expect(desk).to_be_hidden(timeout=PATIENCE_MS)
    finally:
        camera.close()
    await keeps_it_privately(page)


async def keeps_it_privately(page: Page) -> None:
    """The replay is there, is given another name, and goes when it is told to."""
    await page.goto("/replays")
    replay = page.get_by_test_id("replay")
    await expect(replay).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
    await replay.get_by_test_id("replay-edit").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Title").fill("Warehouse night, the encore")
    await dialog.get_by_label("Who sees it").select_option("private")
    await dialog.get_by_role("button", name="Save").click()
    await expect(replay.get_by_role("link", name="Warehouse night, the encore")).to_be_visible(timeout=PATIENCE_MS)
    await expect(replay.get_by_text("Only you see it")).to_be_visible()
    await replay.get_by_test_id("replay-delete").click()
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_text("Nothing recorded yet")).to_be_visible(timeout=PATIENCE_MS)


async def test_a_platform_is_added_without_showing_its_key_and_an_address_inside_is_refused(people: People) -> None:
    page = await page_of(people, "dj", "/encoder")
    await page.get_by_test_id("add-target").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Platform").select_option("custom")
    await dialog.get_by_label("Server").fill("rtmp://169.254.169.254/latest")
    await dialog.get_by_label("Stream key").fill("abcd-efgh-1234")
    await page.get_by_test_id("save-target").click()
    await expect(dialog.get_by_label("Server")).to_have_attribute("aria-invalid", "true", timeout=PATIENCE_MS)
    await dialog.get_by_label("Platform").select_option("twitch")
    await page.get_by_test_id("save-target").click()
    target = page.get_by_test_id("target")
    await expect(target).to_be_visible(timeout=PATIENCE_MS)
    assert "abcd-efgh" not in await page.content()
    await page.reload()
    await expect(target).to_be_visible(timeout=PATIENCE_MS)
    assert "abcd-efgh" not in await page.content()


async def test_an_announced_stream_has_a_page_that_counts_down_and_is_begun_from_the_schedule(people: People) -> None:
    page = await page_of(people, "performer", "/schedule")
    begins = (datetime.now().astimezone() + timedelta(minutes=20)).strftime("%Y-%m-%dT%H:%M")
    await page.get_by_label("Title").fill("Sunrise set")
    await page.get_by_label("Begins").fill(begins)
    await page.get_by_test_id("announce").click()
    announced = page.get_by_test_id("scheduled")
    await expect(announced).to_be_visible(timeout=PATIENCE_MS)
    link = await announced.get_by_role("link", name="Sunrise set").get_attribute("href")
    assert link is not None
    viewer = await people.viewer(link.removeprefix("/watch/"))
    await viewer.shows("announced")
    await expect(viewer.page.get_by_role("timer")).to_be_visible(timeout=PATIENCE_MS)
    await announced.get_by_test_id("begin").click()
    await expect(page.get_by_test_id("preview")).to_be_visible(timeout=PATIENCE_MS)
    await page.get_by_test_id("go-live").click()
    await viewer.shows("live")
    await viewer.frames_advance(15)
    await page.get_by_test_id("end-stream").click()
    await page.get_by_test_id("end-confirm").click()
    await viewer.shows("ended")
