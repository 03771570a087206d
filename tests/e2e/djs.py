"""A DJ at the booth's page, a listener at the watch page, and songs that are known again by a whistle."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Self

import aiohttp
import numpy as np
import psutil
from playwright.async_api import BrowserContext, Locator, Page, expect

from deploy.demo.music import write_wav
from mixer.dsp.units import SAMPLE_RATE
from tests.e2e.browsers import PATIENCE_MS, SCRIPTS
from tests.e2e.product import Account, Product
from tests.mixer.analysis.song import song
from tests.support.waiting import eventually

_WHISTLE = 0.06
_STANDS_OUT_DB = 15.0
_PATIENCE_S = PATIENCE_MS / 1000


@dataclass(frozen=True, slots=True)
class Song:
    """`whistle_hz` is a steady tone by which whoever hears it knows which song it is."""

    title: str
    bpm: float
    tonic: int
    whistle_hz: float
    seconds: float = 150.0

    def at(self, bpm: float) -> Song:
        """The same, played at another tempo: all of it sounds higher or lower."""
        return replace(self, whistle_hz=self.whistle_hz * bpm / self.bpm)

    def write(self, folder: Path) -> Path:
        """A WAV file; its name is the title."""
        path = folder / f"{self.title}.wav"
        write_wav(path, _samples(self))
        return path


NORTHERN = Song("Northern Line", 124.0, 9, 3520.0)
SOUTHBOUND = Song("Southbound", 126.0, 4, 4698.0)


@cache
def _samples(of: Song) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    music = 0.8 * song(of.bpm, of.seconds, tonic=of.tonic).astype(np.float64)
    at_s = np.arange(len(music)) / SAMPLE_RATE
    music += 32_767 * _WHISTLE * np.sin(2 * np.pi * of.whistle_hz * at_s)[:, None]
    return np.round(np.clip(music, -32_767, 32_767)).astype(np.int16)


async def put_in_library(product: Product, account: Account, songs: tuple[Song, ...], folder: Path) -> dict[str, str]:
    """Uploads songs by the API and waits until they can be played; their ids by title."""
    ids = {}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {account.access_token}"}) as session:
        for one in songs:
            form = aiohttp.FormData(quote_fields=False)
            path = await asyncio.to_thread(one.write, folder)
            form.add_field("file", path.read_bytes(), filename=path.name, content_type="audio/wav")
            async with session.post(f"{product.url}/api/v1/dj/upload-track", data=form) as response:
                ids[one.title] = str((await response.json())["data"]["track"]["id"])

    async def are_ready() -> bool:
        tracks = (await product.call("GET", "/dj/tracks", token=account.access_token))["items"]
        return all(track["status"] == "ready" for track in tracks)

    await eventually(are_ready, timeout_s=2 * _PATIENCE_S, every_s=0.5)
    return ids


def mixer_pid(product: Product) -> int:
    """The mixer worker of this product that runs now: it may have been started again since the table was printed."""
    supervisor = psutil.Process(product.pid("api")).parent()
    assert supervisor is not None
    return next(child.pid for child in supervisor.children() if "deploy.processes.mixer" in _command(child))


def engine_pids(product: Product) -> list[int]:
    """The processes of the mixer that render: the one that does, and its spare."""
    children = psutil.Process(mixer_pid(product)).children(recursive=True)
    return [child.pid for child in children if any("engine_process" in part for part in _command(child))]


def _command(process: psutil.Process) -> list[str]:
    """Empty for one that has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


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
        await expect(booth.control("link")).to_have_attribute("data-link", "connected", timeout=PATIENCE_MS)
        await booth.control("guide-skip").click()
        return booth

    def control(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def row(self, title: str) -> Locator:
        """A track of the list."""
        return self.page.get_by_test_id("track-row").filter(has_text=title)

    async def load(self, title: str, deck: int) -> None:
        """By the keys of the list; decks are counted from 1."""
        await expect(self.row(title)).to_have_attribute("data-status", "ready", timeout=2 * PATIENCE_MS)
        await self.row(title).click()
        await self.page.keyboard.press(f"Shift+Digit{deck}")
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

    async def go_live(self, title: str) -> None:
        """Waits until the mix is on air."""
        await self.control("go-live").click()
        await self.control("title-input").fill(title)
        await self.control("go-live-confirm").click()
        await expect(self.control("on-air")).to_have_attribute("data-on-air", "true", timeout=PATIENCE_MS)


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
        await eventually(lambda: self._is_heard(one), timeout_s=_PATIENCE_S, every_s=0.2)

    async def hears_no(self, one: Song) -> None:
        """Waits until the song is not heard any more."""

        async def is_gone() -> bool:
            return not await self._is_heard(one)

        await eventually(is_gone, timeout_s=_PATIENCE_S, every_s=0.2)

    async def is_silent(self) -> None:
        await eventually(lambda: self.page.evaluate("ear.silentMs > 300"), timeout_s=_PATIENCE_S)

    async def _is_heard(self, one: Song) -> bool:
        return bool(await self.page.evaluate(f"ear.prominence({one.whistle_hz}) > {_STANDS_OUT_DB}"))
