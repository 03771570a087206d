"""The microphone and the camera of the booth, from Chromium's fake devices to those who listen and watch."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.conftest import People
from tests.e2e.dj.conftest import stream_of
from tests.e2e.dj.pages import BoothPage, Listener
from tests.e2e.dj.songs import NORTHERN, VOICE_HZ, write_voice
from tests.e2e.product import Account

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

# Of the twelve decibels by which the music steps back, what a listener's automatic gain or loss may leave.
STEPS_BACK_DB = 6.0


async def test_a_viewer_sees_the_dj_and_hears_them_over_music_that_steps_back(
    people: People, dj: Account, tmp_path: Path
) -> None:
    speaking = await people.browser_with(
        f"--use-file-for-fake-audio-capture={write_voice(tmp_path / 'voice.wav')}",
        # A picture that moves is enough, and ten a second leave the processor to the others.
        "--use-fake-device-for-media-stream=fps=10",
    )
    booth = await BoothPage.open(await people.profile(dj, speaking))
    await booth.load(NORTHERN.title, 1)
    await booth.control("deck1.play").click()
    await booth.go_live("Over the music")
    heard = await Listener.open(await people.profile(), await stream_of(people, dj))
    await heard.hears(NORTHERN)
    await booth.control("talk_panel").click()
    await booth.control("camera-open").click()
    await heard.sees_it_move()
    # Measured when it has been heard for a while: an ear that has just begun takes it for quieter than it is.
    loud_db = await heard.level_db(NORTHERN.whistle_hz)
    await booth.control("microphone").click()
    await expect(booth.control("microphone")).to_have_attribute("aria-pressed", "true", timeout=PATIENCE_MS)
    await heard.hears_tone(VOICE_HZ)
    await heard.gets_quieter_than(NORTHERN.whistle_hz, loud_db - STEPS_BACK_DB)

    await booth.control("microphone").click()
    await heard.hears_no_tone(VOICE_HZ)
    await heard.gets_louder_than(NORTHERN.whistle_hz, loud_db - STEPS_BACK_DB / 2)
    await heard.sees_it_move()
