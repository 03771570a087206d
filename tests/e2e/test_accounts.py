"""Registering, signing in and getting to the studio, through the pages."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browsers import PATIENCE_MS, SCRIPTS, StudioPage
from tests.e2e.conftest import People
from tests.e2e.product import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def register(page: Page, role: str) -> str:
    """Fills in the form as a person would; returns the email address."""
    name = f"{role}{uuid4().hex[:8]}"
    await page.goto("/register")
    await page.get_by_test_id(f"role-{role}").check()
    await page.get_by_test_id("username").fill(name)
    await page.get_by_test_id("email").fill(f"{name}@example.com")
    await page.get_by_test_id("password").fill(PASSWORD)
    await page.get_by_test_id("terms").check()
    await page.get_by_test_id("submit").click()
    return f"{name}@example.com"


async def sign_in(page: Page, email: str, password: str) -> None:
    await page.goto("/login")
    await page.get_by_test_id("email").fill(email)
    await page.get_by_test_id("password").fill(password)
    await page.get_by_test_id("submit").click()


@pytest.mark.parametrize("role", ["performer", "dj"])
async def test_creators_register_come_back_another_day_and_go_live(people: People, role: str) -> None:
    context = await people.profile()
    page = await context.new_page()
    email = await register(page, role)
    await page.wait_for_url("**/studio")

    another_day = await (await people.profile()).new_page()
    await another_day.add_init_script(path=SCRIPTS / "clock_camera.js")
    await sign_in(another_day, email, PASSWORD)
    await another_day.wait_for_url(f"{people.product.url}/")
    await another_day.goto("/studio")
    studio = StudioPage(another_day)
    stream_id = await studio.go_live("Second night")
    stream = await people.product.stream(stream_id)
    assert (stream["creatorType"], stream["title"]) == (role, "Second night")
    await studio.end()


async def test_a_viewer_is_kept_out_of_the_studio_and_told_why(people: People) -> None:
    page = await (await people.profile()).new_page()
    await register(page, "viewer")
    await page.wait_for_url(f"{people.product.url}/")
    await page.goto("/studio")
    await expect(page.get_by_role("heading", name="This account watches")).to_be_visible(timeout=PATIENCE_MS)
    await expect(page.get_by_test_id("go-live")).to_have_count(0)


async def test_the_studio_asks_a_stranger_to_sign_in(people: People) -> None:
    page = await (await people.profile()).new_page()
    await page.goto("/studio")
    await expect(page.get_by_role("heading", name="Sign in to go live")).to_be_visible(timeout=PATIENCE_MS)


async def test_a_wrong_password_is_said_so_and_signs_no_one_in(people: People) -> None:
    account = await people.product.account("performer")
    page = await (await people.profile()).new_page()
    await sign_in(page, account.email, "wrong horse 9 Battery")
    await expect(page.get_by_role("alert").or_(page.get_by_role("status")).first).to_be_visible(timeout=PATIENCE_MS)
    assert page.url.endswith("/login")
    await page.goto("/studio")
    await expect(page.get_by_role("heading", name="Sign in to go live")).to_be_visible(timeout=PATIENCE_MS)
