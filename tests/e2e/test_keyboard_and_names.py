"""Without a mouse and without sight: everything is reached by keys, and everything has a name."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browsers import PATIENCE_MS, SCRIPTS, StudioPage
from tests.e2e.conftest import People
from tests.e2e.product import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

MAX_TABS = 60
NAMELESS = re.compile(
    r"^\s*- (?:button|link|textbox|searchbox|checkbox|radio|slider|combobox|switch|meter|img|dialog)\b(?! \")",
    re.MULTILINE,
)


async def tab_to(page: Page, test_id: str) -> None:
    """Press Tab until the element has the focus."""
    await expect(page.get_by_test_id(test_id)).to_be_visible(timeout=PATIENCE_MS)
    for _ in range(MAX_TABS):
        if await page.get_by_test_id(test_id).evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"{MAX_TABS} tabs do not lead to {test_id}")


async def nameless(page: Page) -> list[str]:
    """The controls and pictures that a screen reader could not name."""
    snapshot = await page.locator("body").aria_snapshot()
    assert snapshot.strip()
    return NAMELESS.findall(snapshot)


async def test_a_performer_signs_in_goes_live_and_ends_by_keyboard_alone(people: People) -> None:
    account = await people.product.account("performer")
    page = await (await people.profile()).new_page()
    await page.add_init_script(path=SCRIPTS / "clock_camera.js")
    await page.goto("/login")
    for field, text in (("email", account.email), ("password", PASSWORD)):
        await tab_to(page, field)
        await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{people.product.url}/")
    await page.goto("/studio")
    await expect(page.get_by_test_id("preview")).to_be_visible(timeout=PATIENCE_MS)
    assert await nameless(page) == []
    await tab_to(page, "title-input")
    await page.keyboard.type("By hand")
    await tab_to(page, "go-live")
    await page.keyboard.press("Enter")
    studio = StudioPage(page)
    await studio.is_on_air()
    assert await nameless(page) == []
    await tab_to(page, "end-stream")
    await page.keyboard.press("Enter")
    assert await nameless(page) == []
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_test_id("end-stream")).to_be_focused()
    await page.keyboard.press("Enter")
    await tab_to(page, "end-confirm")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("end-stream")).to_have_count(0, timeout=PATIENCE_MS)


async def test_a_title_is_text_wherever_it_is_shown_and_a_viewers_controls_have_names(people: People) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    _, studio = await people.creator()
    stream_id = await studio.go_live(hostile)
    viewer = await people.viewer(stream_id)
    await viewer.shows("live")
    await expect(viewer.page.get_by_role("heading", name=hostile)).to_be_visible(timeout=PATIENCE_MS)
    assert await nameless(viewer.page) == []
    landing = await (await people.profile()).new_page()
    for path in ("/login", "/register", "/"):
        await landing.goto(path)
        await expect(landing.get_by_role("heading").first).to_be_visible(timeout=PATIENCE_MS)
        assert await nameless(landing) == []
    await expect(landing.get_by_text(hostile).first).to_be_visible(timeout=PATIENCE_MS)
    for page in (studio.page, viewer.page, landing):
        assert await page.locator("img[src=x]").count() == 0
        assert await page.title() != "owned"
    await studio.end()
