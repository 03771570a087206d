"""What a show outlives: the DJ's browser, engines, the mixer."""

from __future__ import annotations

import os
import signal
from functools import partial

import psutil
import pytest
from playwright.async_api import expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People
from tests.e2e.dj.conftest import Show, stream_of
from tests.e2e.dj.pages import BoothPage, Listener
from tests.e2e.dj.songs import NORTHERN, SOUTHBOUND
from tests.e2e.product import Account, Product
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

# Where little of NORTHERN is left: less than it takes until a mixer knows that nobody is there any more.
NEAR_ITS_END = 0.92


async def test_the_show_goes_on_when_the_djs_browser_dies_and_is_found_running(people: People, dj: Account) -> None:
    mortal = await people.mortal_browser()
    booth = await BoothPage.open(await people.profile(dj, mortal.browser))
    await booth.load(NORTHERN.title, 1)
    await booth.control("deck1.play").click()
    await booth.go_live("Unplugged")
    heard = await Listener.open(await people.profile(), await stream_of(people, dj))
    await heard.hears(NORTHERN)
    await booth.gets_to(1, 1.0)
    left_at_s = await booth.position_s(1)
    mortal.kill()
    returned = await BoothPage.open(await people.profile(dj), is_open_already=True)
    await returned.plays(1)
    assert await returned.position_s(1) > left_at_s
    await heard.hears(NORTHERN)
    await returned.is_on_air()
    await returned.control("deck1.play").click()
    await heard.is_silent()


async def test_auto_dj_plays_the_queue_when_the_djs_browser_is_gone(people: People, dj: Account) -> None:
    mortal = await people.mortal_browser()
    booth = await BoothPage.open(await people.profile(dj, mortal.browser))
    await booth.row(SOUTHBOUND.title).click()
    await booth.page.keyboard.press("q")
    await expect(booth.control("queue-toggle")).to_contain_text("1", timeout=PATIENCE_MS)
    await booth.load(NORTHERN.title, 1)
    await booth.control("deck1.play").click()
    await booth.go_live("Gone home")
    heard = await Listener.open(await people.profile(), await stream_of(people, dj))
    await heard.hears(NORTHERN)
    await booth.go_to(1, NEAR_ITS_END)
    await booth.gets_to(1, NEAR_ITS_END * NORTHERN.seconds)
    mortal.kill()
    # In tempo with what it follows, or in its own, or on the way from one to the other.
    own_hz = SOUTHBOUND.whistle_hz
    await heard.hears_tone(own_hz * NORTHERN.bpm / SOUTHBOUND.bpm, own_hz)
    await heard.hears_no(NORTHERN)

    async def history_says_so() -> bool:
        plays = (await people.product.call("GET", "/dj/history", token=dj.access_token))["items"]
        return [play["byAutoDj"] for play in plays[:1] if play["title"] == SOUTHBOUND.title] == [True]

    await eventually(history_says_so, timeout_s=PATIENCE_MS / 1000, every_s=0.5)


async def test_the_music_comes_back_after_engines_and_the_mixer_were_killed(people: People, show: Show) -> None:
    booth, heard = show.booth, show.heard
    # One of them renders, the other waits for its place: whichever it is, the music outlives both.
    for pid in engine_pids(people.product):
        os.kill(pid, signal.SIGKILL)
        await eventually(partial(is_replaced, people, pid), timeout_s=60)
        await booth.gets_to(1, await booth.position_s(1) + 1.0)
        await heard.hears(NORTHERN)
    at_s = await booth.position_s(1)
    os.kill(mixer_pid(people.product), signal.SIGKILL)
    await heard.is_silent()
    await booth.gets_to(1, at_s + 2.0)
    await heard.hears(NORTHERN)
    await booth.control("deck1.play").click()
    await heard.is_silent()


def mixer_pid(product: Product) -> int:
    """The mixer worker of this product that runs now: it may have been started again since the table was printed."""
    supervisor = psutil.Process(product.pid("api")).parent()
    assert supervisor is not None
    return next(child.pid for child in supervisor.children() if "deploy.processes.mixer" in _command(child))


def engine_pids(product: Product) -> list[int]:
    """The processes of the mixer that render: the one that does, and its spare."""
    children = psutil.Process(mixer_pid(product)).children(recursive=True)
    return [child.pid for child in children if any("engine_process" in part for part in _command(child))]


def is_replaced(people: People, killed: int) -> bool:
    """Whether there are two engine processes again, and `killed` is none of them."""
    pids = engine_pids(people.product)
    return killed not in pids and len(pids) == 2


def _command(process: psutil.Process) -> list[str]:
    """Empty for one that has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []
