"""From one song into the next, through the pages of the DJ and of those who listen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People
from tests.e2e.dj.conftest import Show, stream_of
from tests.e2e.dj.pages import BoothPage, Listener
from tests.e2e.dj.songs import BRIEF_S, NORTHERN, SOUTHBOUND
from tests.e2e.product import Account
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

IN_TEMPO = SOUTHBOUND.at(NORTHERN.bpm)
# What the page shows is drawn from moments 40 ms apart; what is heard is measured sample by sample.
TOGETHER_BEATS = 0.02
TOGETHER_S = 0.010


async def test_a_first_time_dj_uploads_two_songs_mixes_one_into_the_other_and_keeps_the_show(
    people: People, tmp_path: Path
) -> None:
    dj = await people.product.account("dj")
    booth = await BoothPage.open(await people.profile(dj))
    songs = [replace(one, seconds=BRIEF_S) for one in (NORTHERN, SOUTHBOUND)]
    await booth.control("file-picker").set_input_files([one.write(tmp_path) for one in songs])
    for deck, one in enumerate(songs, 1):
        await booth.load(one.title, deck)
        await expect(booth.row(one.title)).to_contain_text(f"{one.bpm:.1f}")

    await booth.control("deck1.play").click()
    await booth.plays(1)
    await booth.control("deck1.beatloop").click()
    await booth.control("crossfader").focus()
    await booth.page.keyboard.press("Home")
    await booth.control("replay_panel").click()
    await booth.page.get_by_label("Record", exact=True).check()
    await booth.control("drawer-close").click()
    await booth.go_live("My first set")
    heard = await Listener.open(await people.profile(), await stream_of(people, dj))
    await heard.shows("live")
    await heard.hears(NORTHERN)

    await booth.control("deck2.sync").click()
    await booth.control("deck2.play").click()
    await booth.plays(2)
    await booth.control("deck2.beatloop").click()
    await expect(booth.control("deck2.bpm")).to_have_text(f"{NORTHERN.bpm:.2f}", timeout=PATIENCE_MS)
    await heard.hears_no(IN_TEMPO)
    await booth.control("crossfader").focus()
    await booth.page.keyboard.press("End")
    await heard.hears_no(NORTHERN)
    await heard.hears(IN_TEMPO)

    await booth.control("end-stream").click()
    await booth.control("end-confirm").click()
    await heard.shows("ended")
    await booth.page.goto("/replays")
    replay = booth.control("replay")
    await expect(replay).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
    await expect(replay).to_contain_text("My first set")


async def test_the_first_mix_takes_no_mouse(people: People, dj: Account) -> None:
    page = await (await people.profile(dj)).new_page()
    await page.goto("/booth")
    booth, press = BoothPage(page), page.keyboard.press
    await booth.tab_to("open-booth")
    await press("Enter")
    await booth.is_connected()
    await booth.tab_to("guide-skip")
    await press("Enter")

    for title, side, deck in ((NORTHERN.title, "ArrowLeft", 1), (SOUTHBOUND.title, "ArrowRight", 2)):
        await press("Shift+KeyF")
        await page.keyboard.type(title)
        await expect(booth.control("track-row")).to_have_count(1, timeout=PATIENCE_MS)
        await press("Enter")
        await press(f"Shift+{side}")
        await booth.has_loaded(title, deck)
        await press("Shift+KeyF")
        await press("Control+KeyA")
        await press("Delete")
        await expect(booth.control("track-row")).to_have_count(2, timeout=PATIENCE_MS)
        await press("Enter")

    await press("KeyD")
    await booth.plays(1)
    for _ in range(8):
        await press("KeyG")
    await expect(booth.control("crossfader")).to_have_attribute("aria-valuenow", "-1", timeout=PATIENCE_MS)
    await booth.tab_to("go-live")
    await press("Enter")
    await booth.tab_to("title-input")
    await page.keyboard.type("By hand")
    await press("Enter")
    await booth.is_on_air()
    heard = await Listener.open(await people.profile(), await stream_of(people, dj))
    await heard.hears(NORTHERN)

    await press("Digit6")
    await press("KeyL")
    await booth.plays(2)
    for _ in range(16):
        await press("KeyH")
    await heard.hears_no(NORTHERN)
    await heard.hears(IN_TEMPO)


async def test_the_beats_of_synced_decks_fall_together_on_the_page_and_in_the_ear(show: Show) -> None:
    booth, heard = show.booth, show.heard
    await booth.load(SOUTHBOUND.title, 2)
    await booth.control("deck1.leader").click()
    await booth.control("deck2.sync").click()
    await booth.control("deck2.play").click()
    await heard.hears(IN_TEMPO)

    async def shows_them_together() -> bool:
        ahead = await booth.phase_beats(2)
        return ahead is not None and abs(ahead) < TOGETHER_BEATS

    await eventually(shows_them_together, timeout_s=PATIENCE_MS / 1000)
    apart: list[float] = []

    async def heard_some_beats() -> bool:
        apart.extend(await heard.ticks_apart_s(NORTHERN, IN_TEMPO))
        return len(apart) >= 8

    await eventually(heard_some_beats, timeout_s=PATIENCE_MS / 1000, every_s=0.7)
    assert median(apart) < TOGETHER_S, apart
    ahead = await booth.phase_beats(2)
    assert ahead is not None
    assert abs(ahead) < TOGETHER_BEATS
