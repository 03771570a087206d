"""People chat beside a live stream, and its creator keeps the chat readable."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


def line(page: Page, text: str) -> Locator:
    return page.get_by_test_id("chat-message").filter(has_text=text)


async def write(page: Page, text: str) -> None:
    await page.get_by_test_id("chat-input").fill(text)
    await page.get_by_test_id("chat-input").press("Enter")
    await expect(line(page, text)).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.get_by_test_id("chat-input")).to_have_value("")


async def sees(page: Page, text: str) -> None:
    await expect(line(page, text)).to_be_visible(timeout=PATIENCE_MS)


async def sees_no_more(page: Page, text: str) -> None:
    await expect(line(page, text)).to_have_count(0, timeout=PATIENCE_MS)


async def test_viewers_chat_and_the_creator_removes_and_silences(people: People) -> None:
    _, studio = await people.creator()
    stream_id = await studio.go_live("Talk to me")
    lina, otto = [await people.product.account("viewer") for _ in range(2)]
    hers, his = [(await people.watch(await people.profile(account), stream_id)).page for account in (lina, otto)]
    passer_by = (await people.viewer(stream_id)).page
    await expect(passer_by.get_by_test_id("chat-invitation")).to_be_visible(timeout=PATIENCE_MS)

    await write(hers, "What a set!")
    await write(his, "Buy my things")
    await write(studio.page, "Thank you all")
    for page in (hers, his, passer_by, studio.page):
        await sees(page, "What a set!")
        await sees(page, "Buy my things")
        await expect(line(page, "Thank you all")).to_contain_text("Creator", timeout=PATIENCE_MS)
    await expect(hers.get_by_test_id("moderate")).to_have_count(0)

    spam = line(studio.page, "Buy my things")
    await spam.get_by_test_id("moderate").click()
    await spam.get_by_test_id("remove-message").click()
    for page in (hers, his, passer_by, studio.page):
        await sees_no_more(page, "Buy my things")

    await write(his, "Then this")
    again = line(studio.page, "Then this")
    await again.get_by_test_id("moderate").click()
    await again.get_by_test_id("silence").click()
    await again.get_by_test_id("moderate").click()
    await expect(again.get_by_test_id("silence")).to_contain_text(f"Let {otto.username} write", timeout=PATIENCE_MS)
    await his.get_by_test_id("chat-input").fill("And that")
    await his.get_by_test_id("chat-send").click()
    await expect(his.get_by_test_id("chat-silenced")).to_be_visible(timeout=PATIENCE_MS)
    await write(hers, "Quiet now")
    await sees(his, "Quiet now")

    late = (await people.viewer(stream_id)).page
    await sees(late, "What a set!")
    await expect(line(late, "Buy my things")).to_have_count(0)
