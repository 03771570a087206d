"""A DJ's show, through the pages of the DJ and of those who listen."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People
from tests.e2e.djs import NORTHERN, SOUTHBOUND, BoothPage, Listener, engine_pids, mixer_pid, put_in_library
from tests.e2e.product import Account
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def stream_of(people: People, dj: Account) -> str:
    mix = (await people.product.call("GET", "/dj/mix", token=dj.access_token))["mix"]
    return str(mix["streamId"])


async def listener(people: People, stream_id: str) -> Listener:
    return await Listener.open(await people.profile(), stream_id)


async def on_air(people: People, tmp_path: Path) -> tuple[Account, BoothPage, Listener]:
    """A DJ whose first deck plays on air, and somebody who hears it."""
    dj = await people.product.account("dj")
    await put_in_library(people.product, dj, (NORTHERN, SOUTHBOUND), tmp_path)
    booth = await BoothPage.open(await people.profile(dj))
    await booth.load(NORTHERN.title, 1)
    await booth.control("deck1.play").click()
    await booth.go_live("Northbound")
    heard = await listener(people, await stream_of(people, dj))
    await heard.hears(NORTHERN)
    return dj, booth, heard


async def test_a_first_time_dj_uploads_two_songs_and_mixes_one_into_the_other(people: People, tmp_path: Path) -> None:
    dj = await people.product.account("dj")
    booth = await BoothPage.open(await people.profile(dj))
    await booth.control("file-picker").set_input_files([one.write(tmp_path) for one in (NORTHERN, SOUTHBOUND)])
    for deck, one in enumerate((NORTHERN, SOUTHBOUND), 1):
        await booth.load(one.title, deck)
        await expect(booth.row(one.title)).to_contain_text(f"{one.bpm:.1f}")

    await booth.control("deck1.play").click()
    await booth.plays(1)
    await booth.control("crossfader").focus()
    await booth.page.keyboard.press("Home")
    await booth.go_live("My first set")
    heard = await listener(people, await stream_of(people, dj))
    await heard.shows("live")
    await heard.hears(NORTHERN)

    await booth.control("deck2.sync").click()
    await booth.control("deck2.play").click()
    await booth.plays(2)
    await expect(booth.control("deck2.bpm")).to_have_text(f"{NORTHERN.bpm:.2f}", timeout=PATIENCE_MS)
    in_tempo = SOUTHBOUND.at(NORTHERN.bpm)
    await heard.hears_no(in_tempo)
    await booth.control("crossfader").focus()
    await booth.page.keyboard.press("End")
    await heard.hears_no(NORTHERN)
    await heard.hears(in_tempo)

    await booth.control("end-stream").click()
    await booth.control("end-confirm").click()
    await heard.shows("ended")


async def test_the_show_goes_on_when_the_djs_browser_dies_and_is_found_running(people: People, tmp_path: Path) -> None:
    dj = await people.product.account("dj")
    await put_in_library(people.product, dj, (NORTHERN,), tmp_path)
    mortal = await people.mortal_browser()
    booth = await BoothPage.open(await people.profile(dj, mortal.browser))
    await booth.load(NORTHERN.title, 1)
    await booth.control("deck1.play").click()
    await booth.go_live("Unplugged")
    heard = await listener(people, await stream_of(people, dj))
    await heard.hears(NORTHERN)
    await booth.gets_to(1, 1.0)
    left_at_s = await booth.position_s(1)
    mortal.kill()
    returned = await BoothPage.open(await people.profile(dj), is_open_already=True)
    await returned.plays(1)
    assert await returned.position_s(1) > left_at_s
    await heard.hears(NORTHERN)
    await expect(returned.control("on-air")).to_have_attribute("data-on-air", "true", timeout=PATIENCE_MS)
    await returned.control("deck1.play").click()
    await heard.is_silent()


async def test_two_devices_of_a_dj_are_in_step(people: People, tmp_path: Path) -> None:
    dj, booth, heard = await on_air(people, tmp_path)
    second = await BoothPage.open(await people.profile(dj), is_open_already=True)
    await second.plays(1)
    await second.control("deck1.fader").focus()
    await second.page.keyboard.press("Home")
    await expect(booth.control("deck1.fader")).to_have_attribute("aria-valuenow", "0", timeout=PATIENCE_MS)
    await heard.is_silent()


async def test_a_guest_plays_along_and_the_show_is_handed_over_without_a_silence(
    people: People, tmp_path: Path
) -> None:
    _, booth, heard = await on_air(people, tmp_path)
    guest = await people.product.account("dj")
    await put_in_library(people.product, guest, (SOUTHBOUND,), tmp_path)
    await booth.control("people_panel").click()
    await booth.control("invite-input").fill(guest.username)
    await booth.control("invite").click()
    await expect(booth.control(f"member-{guest.username}")).to_be_visible(timeout=PATIENCE_MS)
    await heard.page.evaluate("ear.longestSilenceMs = 0")
    theirs = await BoothPage.open(await people.profile(guest), is_open_already=True)
    await theirs.load(SOUTHBOUND.title, 2)
    await theirs.control("deck2.play").click()
    await heard.hears(SOUTHBOUND)
    await booth.control(f"hand-over-{guest.username}").click()
    await theirs.control("people_panel").click()
    await expect(theirs.control("end-stream")).to_be_visible(timeout=PATIENCE_MS)
    await theirs.control("people_panel").click()
    await theirs.control("deck1.play").click()
    await heard.hears_no(NORTHERN)
    await heard.hears(SOUTHBOUND)
    # A second of silence in a song of steady tones is a hole; less may be the listener's own machine.
    assert await heard.page.evaluate("ear.longestSilenceMs < 1000")


def is_replaced(people: People, killed: int) -> bool:
    """Whether there are two engine processes again, and `killed` is none of them."""
    pids = engine_pids(people.product)
    return killed not in pids and len(pids) == 2


async def test_the_music_comes_back_after_engines_and_the_mixer_were_killed(people: People, tmp_path: Path) -> None:
    _, booth, heard = await on_air(people, tmp_path)
    # One of them renders, the other waits for its place: whichever it is, the music outlives both.
    for pid in engine_pids(people.product):
        os.kill(pid, signal.SIGKILL)
        await eventually(partial(is_replaced, people, pid), timeout_s=60)
        await booth.gets_to(1, await booth.position_s(1) + 2.0)
        await heard.hears(NORTHERN)
    at_s = await booth.position_s(1)
    os.kill(mixer_pid(people.product), signal.SIGKILL)
    await heard.is_silent()
    await booth.gets_to(1, at_s + 2.0)
    await heard.hears(NORTHERN)
    await booth.control("deck1.play").click()
    await heard.is_silent()
