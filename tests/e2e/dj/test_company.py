"""Several devices, and several DJs, in one booth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People
from tests.e2e.dj.conftest import Show
from tests.e2e.dj.pages import BoothPage
from tests.e2e.dj.songs import BRIEF_S, NORTHERN, SOUTHBOUND, put_in_library
from tests.e2e.product import Account, ApiRefusal
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def invite(people: People, booth: BoothPage, guest: Account) -> BoothPage:
    """The booth of the guest, who has been let in; the panel of people stays open in the host's."""
    await booth.control("people_panel").click()
    await booth.control("invite-input").fill(guest.username)
    await booth.control("invite").click()
    await expect(booth.control(f"member-{guest.username}")).to_be_visible(timeout=PATIENCE_MS)
    return await BoothPage.open(await people.profile(guest), is_open_already=True)


async def test_two_devices_of_a_dj_are_in_step(people: People, show: Show) -> None:
    second = await BoothPage.open(await people.profile(show.dj), is_open_already=True)
    await second.plays(1)
    await second.control("deck1.fader").focus()
    await second.page.keyboard.press("Home")
    await expect(show.booth.control("deck1.fader")).to_have_attribute("aria-valuenow", "0", timeout=PATIENCE_MS)
    await show.heard.is_silent()


async def test_a_guest_plays_along_and_the_show_is_handed_over_without_a_silence(
    people: People, show: Show, tmp_path: Path
) -> None:
    booth, heard = show.booth, show.heard
    guest = await people.product.account("dj")
    await put_in_library(people.product, guest, (replace(SOUTHBOUND, seconds=BRIEF_S),), tmp_path)
    await heard.page.evaluate("ear.longestSilenceMs = 0")
    theirs = await invite(people, booth, guest)
    await theirs.load(SOUTHBOUND.title, 2)
    await theirs.control("deck2.play").click()
    await theirs.control("deck2.beatloop").click()
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


async def test_who_is_removed_loses_desk_and_headphones_and_is_told_why(people: People, show: Show) -> None:
    guest = await people.product.account("dj")
    theirs = await invite(people, show.booth, guest)
    await theirs.plays(1)
    cue = theirs.control("cue-audio")
    await eventually(lambda: cue.evaluate("audio => audio.srcObject !== null && !audio.paused"), timeout_s=45)
    await cue.evaluate("audio => { window.cue = audio.srcObject.getAudioTracks()[0]; }")

    await show.booth.control(f"remove-{guest.username}").click()
    await expect(theirs.control("booth-message")).to_contain_text(
        "You were taken out of the booth", timeout=PATIENCE_MS
    )
    await expect(theirs.control("console")).to_have_count(0)
    await expect(cue).to_have_count(0)
    assert await theirs.page.evaluate("cue.readyState === 'ended' || cue.muted")
    with pytest.raises(ApiRefusal) as refused:
        await people.product.call("POST", f"/dj/mix/{show.stream_id}/enter", {}, token=guest.access_token)
    assert refused.value.status in (403, 404)
    await show.heard.hears(NORTHERN)
