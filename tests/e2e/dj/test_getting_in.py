"""Who gets into the booth and who does not, and what is not to be watched yet: what their pages say."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People
from tests.e2e.dj.conftest import stream_of
from tests.e2e.dj.pages import BoothPage
from tests.e2e.product import PASSWORD, Account

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("role", ["viewer", "performer"])
async def test_the_booth_is_for_djs(people: People, role: str) -> None:
    page = await (await people.profile(await people.product.account(role))).new_page()
    await page.goto("/booth")
    await expect(page.get_by_role("heading", name="For DJs")).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.get_by_test_id("open-booth")).to_have_count(0)


async def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_the_booth(people: People, dj: Account) -> None:
    page = await (await people.profile()).new_page()
    await page.goto("/booth")
    await expect(page.get_by_role("heading", name="Sign in to mix")).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.get_by_test_id("open-booth")).to_have_count(0)
    await page.get_by_role("main").get_by_role("link", name="Sign in").click()
    await page.get_by_test_id("email").fill(dj.email)
    await page.get_by_test_id("password").fill(PASSWORD)
    await page.get_by_test_id("submit").click()
    await expect(page.get_by_test_id("open-booth")).to_be_visible(timeout=PATIENCE_MS)


async def test_a_booth_that_is_not_on_air_can_be_watched_by_nobody(people: People, dj: Account) -> None:
    await BoothPage.open(await people.profile(dj))
    watcher = await people.viewer(await stream_of(people, dj))
    await watcher.shows("not-found")


async def test_a_booth_opens_without_an_error_in_the_console(people: People, dj: Account) -> None:
    page = await (await people.profile(dj)).new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    await page.goto("/booth")
    await page.get_by_test_id("open-booth").click()
    await expect(page.get_by_test_id("link")).to_have_attribute("data-quality", "good", timeout=PATIENCE_MS)
    assert errors == []
