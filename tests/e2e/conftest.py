"""One running product and one browser for all end-to-end tests of a pytest process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright

from tests.e2e.browsers import MortalBrowser, StudioPage, WatchPage, launch, new_context
from tests.e2e.product import Account, Product, running_product
from tests.support.servers import new_server_dir, remove_server_dir


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    folder = new_server_dir()
    with running_product(folder) as product:
        yield product
    remove_server_dir(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    browser = await launch(playwright)
    yield browser
    await browser.close()


class People:
    """Opens browser profiles for one test, and closes them with it."""

    def __init__(self, product: Product, browser: Browser, playwright: Playwright, stack: AsyncExitStack) -> None:
        self.product = product
        self._browser = browser
        self._playwright = playwright
        self._stack = stack

    async def profile(self, account: Account | None = None, browser: Browser | None = None) -> BrowserContext:
        context = await new_context(browser or self._browser, self.product, account)
        if browser is None:
            self._stack.push_async_callback(context.close)
        return context

    async def creator(self, role: str = "performer", browser: Browser | None = None) -> tuple[Account, StudioPage]:
        """Somebody who may go live, in the studio."""
        account = await self.product.account(role)
        return account, await StudioPage.open(await self.profile(account, browser))

    async def studio(self, account: Account) -> StudioPage:
        """The studio of `account` on another device."""
        return await StudioPage.open(await self.profile(account))

    async def viewer(self, stream_id: str, **options: str) -> WatchPage:
        """Somebody who is not signed in, on the page of the stream."""
        return await WatchPage.open(await self.profile(), stream_id, **options)  # type: ignore[arg-type]

    async def watch(self, context: BrowserContext, stream_id: str) -> WatchPage:
        """The page of the stream in a profile that is there already."""
        return await WatchPage.open(context, stream_id)

    async def mortal_browser(self) -> MortalBrowser:
        mortal = await MortalBrowser.launch(self._playwright)
        self._stack.callback(mortal.kill)
        return mortal

    async def browser_with(self, *flags: str) -> Browser:
        """A browser with switches of its own."""
        browser = await launch(self._playwright, *flags)
        self._stack.push_async_callback(browser.close)
        return browser


@pytest_asyncio.fixture(loop_scope="session")
async def people(product: Product, browser: Browser, playwright: Playwright) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        yield People(product, browser, playwright, stack)
