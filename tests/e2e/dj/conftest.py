"""DJs whose tracks are there already: analysing them once is enough for all scenes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from tests.e2e.conftest import People
from tests.e2e.dj.pages import BoothPage, Listener
from tests.e2e.dj.songs import NORTHERN, SOUTHBOUND, put_in_library
from tests.e2e.product import PASSWORD, Account, Product


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def library_of_two(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Account:
    account = await product.account("dj")
    await put_in_library(product, account, (NORTHERN, SOUTHBOUND), tmp_path_factory.mktemp("songs"))
    return account


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def library_of_one(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Account:
    account = await product.account("dj")
    await put_in_library(product, account, (SOUTHBOUND,), tmp_path_factory.mktemp("songs"))
    return account


@asynccontextmanager
async def _at_work(product: Product, account: Account) -> AsyncIterator[Account]:
    """The account with a token that is good, and nothing of its scene left behind."""
    signed_in = await product.call("POST", "/auth/login", {"email": account.email, "password": PASSWORD})
    fresh = replace(account, access_token=signed_in["accessToken"])
    yield fresh
    stream = (await product.call("GET", "/stream/current", token=fresh.access_token))["stream"]
    if stream is not None and stream["status"] == "live":
        await product.call("POST", "/dj/end-stream", {}, token=fresh.access_token)
    elif stream is not None:
        await product.call("POST", f"/dj/mix/{stream['id']}/close", {}, token=fresh.access_token)
    await product.call("DELETE", "/dj/queue", token=fresh.access_token)


@pytest_asyncio.fixture(loop_scope="session")
async def dj(product: Product, library_of_two: Account) -> AsyncIterator[Account]:
    """A DJ with NORTHERN and SOUTHBOUND in the library, and no booth."""
    async with _at_work(product, library_of_two) as account:
        yield account


@pytest_asyncio.fixture(loop_scope="session")
async def guest(product: Product, library_of_one: Account) -> AsyncIterator[Account]:
    """Another DJ, with SOUTHBOUND."""
    async with _at_work(product, library_of_one) as account:
        yield account


@dataclass(frozen=True, slots=True)
class Show:
    dj: Account
    booth: BoothPage
    stream_id: str
    heard: Listener


@pytest_asyncio.fixture(loop_scope="session")
async def show(people: People, dj: Account) -> Show:
    """NORTHERN plays on the first deck, on air, and somebody hears it."""
    booth = await BoothPage.open(await people.profile(dj))
    await booth.load(NORTHERN.title, 1)
    await booth.control("deck1.play").click()
    await booth.go_live("Northbound")
    stream_id = await stream_of(people, dj)
    heard = await Listener.open(await people.profile(), stream_id)
    await heard.hears(NORTHERN)
    return Show(dj, booth, stream_id, heard)


async def stream_of(people: People, dj: Account) -> str:
    """The stream of the DJ's open booth."""
    mix = (await people.product.call("GET", "/dj/mix", token=dj.access_token))["mix"]
    return str(mix["streamId"])
