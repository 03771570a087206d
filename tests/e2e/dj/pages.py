"""A DJ at the booth's page, and a listener at the watch page who knows the songs."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import BrowserContext, Locator, Page, expect

from mixer.dsp.units import SAMPLE_RATE
from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.dj.songs import Song
from tests.support.waiting import eventually

SCRIPTS = Path(__file__).parent / "js"
_STANDS_OUT_DB = 15.0
_PATIENCE_S = PATIENCE_MS / 1000
_MAX_TABS = 80
# A tone of a moment: its onset is known to about this, and the next one is at least so far away.
_ONSET_S = 0.002
_APART_S = 0.1
_CLEAR_OF_NOISE = 6.0


class BoothPage:
    """A DJ in the booth."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(cls, context: BrowserContext, *, is_open_already: bool = False) -> Self:
        page = await context.new_page()
        await page.goto("/booth")
        booth = cls(page)
        if not is_open_already:
            await booth.control("open-booth").click()
        await booth.is_connected()
        await booth.control("guide-skip").click()
        return booth

    def control(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    async def is_connected(self) -> None:
        await expect(self.control("link")).to_have_attribute("data-link", "connected", timeout=PATIENCE_MS)

    def row(self, title: str) -> Locator:
        """A track of the list."""
        return self.page.get_by_test_id("track-row").filter(has_text=title)

    async def load(self, title: str, deck: int) -> None:
        """By the keys of the list; decks are counted from 1."""
        await expect(self.row(title)).to_have_attribute("data-status", "ready", timeout=2 * PATIENCE_MS)
        await self.row(title).click()
        await self.page.keyboard.press(f"Shift+Digit{deck}")
        await self.has_loaded(title, deck)

    async def has_loaded(self, title: str, deck: int) -> None:
        await expect(self.control(f"deck{deck}.head")).to_contain_text(title, timeout=PATIENCE_MS)

    async def plays(self, deck: int, is_playing: bool = True) -> None:
        await expect(self.control(f"deck{deck}.time")).to_have_attribute(
            "data-playing", str(is_playing).lower(), timeout=PATIENCE_MS
        )

    async def position_s(self, deck: int) -> float:
        """Where the deck shows its playhead, in seconds of the track."""
        minutes, _, seconds = (await self.control(f"deck{deck}.time").inner_text()).partition(":")
        return 60.0 * float(minutes) + float(seconds)

    async def gets_to(self, deck: int, position_s: float) -> None:
        """Waits until the playhead of the deck is there or beyond."""

        async def is_there() -> bool:
            return await self.position_s(deck) >= position_s

        await eventually(is_there, timeout_s=_PATIENCE_S, every_s=0.1)

    async def go_to(self, deck: int, share: float) -> None:
        """Touches the picture of the whole track, 0 its beginning and 1 its end."""
        overview = self.control(f"deck{deck}.overview")
        box = await overview.bounding_box()
        assert box is not None
        await overview.click(position={"x": share * box["width"], "y": box["height"] / 2})

    async def phase_beats(self, deck: int) -> float | None:
        """By how many beats the page shows the deck ahead of its leader; None while it shows nothing."""
        shown = await self.control(f"deck{deck}.phase").get_attribute("data-beats")
        return float(shown) if shown else None

    async def go_live(self, title: str) -> None:
        """Waits until the mix is on air."""
        await self.control("go-live").click()
        await self.control("title-input").fill(title)
        await self.control("go-live-confirm").click()
        await self.is_on_air()

    async def is_on_air(self) -> None:
        await expect(self.control("on-air")).to_have_attribute("data-on-air", "true", timeout=PATIENCE_MS)

    async def tab_to(self, name: str) -> None:
        """Presses Tab until the control has the focus."""
        await expect(self.control(name)).to_be_visible(timeout=PATIENCE_MS)
        for _ in range(_MAX_TABS):
            if await self.control(name).evaluate("element => element === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{_MAX_TABS} tabs do not lead to {name}")


class Listener:
    """Somebody on the watch page who knows the songs."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(cls, context: BrowserContext, stream_id: str) -> Self:
        page = await context.new_page()
        await page.add_init_script(path=SCRIPTS / "ear.js")
        await page.goto(f"/watch/{stream_id}?transport=webrtc")
        return cls(page)

    async def shows(self, state: str) -> None:
        await expect(self.page.get_by_test_id("stream-state")).to_have_attribute(
            "data-state", state, timeout=PATIENCE_MS
        )

    async def hears(self, one: Song) -> None:
        """Waits until the song is heard."""
        await self.hears_tone(one.whistle_hz)

    async def hears_no(self, one: Song) -> None:
        """Waits until the song is not heard any more."""
        await self.hears_no_tone(one.whistle_hz)

    async def hears_tone(self, low_hz: float, high_hz: float | None = None) -> None:
        """Waits until a steady tone stands out, of this frequency, or of one between the two."""
        await eventually(lambda: self._stands_out(low_hz, high_hz or low_hz), timeout_s=_PATIENCE_S, every_s=0.1)

    async def hears_no_tone(self, hz: float) -> None:
        async def is_gone() -> bool:
            return not await self._stands_out(hz, hz)

        await eventually(is_gone, timeout_s=_PATIENCE_S, every_s=0.1)

    async def _stands_out(self, low_hz: float, high_hz: float) -> bool:
        return bool(await self.page.evaluate(f"ear.prominence({low_hz}, {high_hz}) > {_STANDS_OUT_DB}"))

    async def level_db(self, hz: float) -> float:
        """How loud a tone is: the loudest reading of 0.4 s, since a late packet makes it quieter for a moment."""
        return float(await self.page.evaluate(f"ear.topLevelDb({hz})"))

    async def gets_quieter_than(self, hz: float, level_db: float) -> None:
        await eventually(lambda: self.page.evaluate(f"ear.levelDb({hz}) < {level_db}"), timeout_s=_PATIENCE_S)

    async def gets_louder_than(self, hz: float, level_db: float) -> None:
        await eventually(lambda: self.page.evaluate(f"ear.levelDb({hz}) > {level_db}"), timeout_s=_PATIENCE_S)

    async def is_silent(self) -> None:
        await eventually(lambda: self.page.evaluate("ear.silentMs > 300"), timeout_s=_PATIENCE_S)

    async def sees_it_move(self) -> None:
        """Waits until the picture has changed ten times from now."""
        until = int(await self.page.evaluate("ear.pictures")) + 10
        await eventually(lambda: self.page.evaluate(f"ear.pictures >= {until}"), timeout_s=_PATIENCE_S)

    async def ticks_apart_s(self, one: Song, other: Song) -> list[float]:
        """How far each beat of one song in the last 0.68 s is from the nearest of the other.

        Empty while none is whole.
        """
        recent = np.frombuffer(base64.b64decode(await self.page.evaluate("ear.recent()")), "<i2").astype(np.float64)
        of_one, of_other = _onsets_s(recent, one.tick_hz), _onsets_s(recent, other.tick_hz)
        return [float(np.abs(of_other - at).min()) for at in of_one] if len(of_other) else []


def _onsets_s(samples: NDArray[np.float64], hz: float) -> NDArray[np.float64]:
    """When bursts of a frequency begin; those too near to an end to be known whole are left out."""
    width = round(_ONSET_S * SAMPLE_RATE)
    carrier = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / SAMPLE_RATE)
    envelope = np.abs(np.convolve(samples * carrier, np.ones(width) / width, "same"))
    threshold = max(0.5 * float(envelope.max()), _CLEAR_OF_NOISE * float(np.median(envelope)))
    rises = np.flatnonzero((envelope[1:] >= threshold) & (envelope[:-1] < threshold)) / SAMPLE_RATE
    firsts = rises[np.diff(rises, prepend=-1.0) > _APART_S]
    margin = _APART_S / 2
    whole: NDArray[np.float64] = firsts[(firsts > margin) & (firsts < len(samples) / SAMPLE_RATE - margin)]
    return whole
