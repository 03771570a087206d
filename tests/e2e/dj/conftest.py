"""A DJ whose tracks are there already: analysing them once is enough for all scenes."""

from __future__ import annotations

from collections.abc import AsyncIterator
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


@pytest_asyncio.fixture(loop_scope="session")
async def dj(product: Product, library_of_two: Account) -> AsyncIterator[Account]:
    """A DJ with NORTHERN and SOUTHBOUND in the library, and no booth; nothing of a scene is left behind."""
    login = {"email": library_of_two.email, "password": PASSWORD}
    token = (await product.call("POST", "/auth/login", login))["accessToken"]
    yield replace(library_of_two, access_token=token)
    stream = (await product.call("GET", "/stream/current", token=token))["stream"]
    if stream is not None and stream["status"] == "live":
        await product.call("POST", "/dj/end-stream", {}, token=token)
    elif stream is not None:
        await product.call("POST", f"/dj/mix/{stream['id']}/close", {}, token=token)
    await product.call("DELETE", "/dj/queue", token=token)


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
