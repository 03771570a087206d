"""Songs that are known again by a whistle, and whose beats can be told apart by their ticks."""

from __future__ import annotations

import asyncio
import wave
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import aiohttp
import numpy as np
from numpy.typing import NDArray

from deploy.demo.music import write_wav
from mixer.dsp.units import SAMPLE_RATE
from tests.e2e.browsers import PATIENCE_MS
from tests.e2e.product import Account, Product
from tests.mixer.analysis.song import song
from tests.support.waiting import eventually

_FIRST_BEAT_S = 0.2
_WHISTLE = 0.06
_TICK = 0.2
_TICK_DECAY_PER_S = 200.0
_VOICE = 0.3


@dataclass(frozen=True, slots=True)
class Song:
    """`whistle_hz` is a steady tone by which whoever hears it knows which song it is; each beat ticks at `tick_hz`."""

    title: str
    bpm: float
    tonic: int
    whistle_hz: float
    tick_hz: float
    seconds: float

    def at(self, bpm: float) -> Song:
        """The same, played at another tempo: all of it sounds higher or lower."""
        ratio = bpm / self.bpm
        return replace(self, whistle_hz=self.whistle_hz * ratio, tick_hz=self.tick_hz * ratio)

    def write(self, folder: Path) -> Path:
        """A WAV file; its name is the title."""
        path = folder / f"{self.title}.wav"
        write_wav(path, _samples(self))
        return path


NORTHERN = Song("Northern Line", 124.0, 9, 3520.0, 8000.0, 80.0)
SOUTHBOUND = Song("Southbound", 126.0, 4, 4698.0, 11_000.0, 50.0)
# For who has to wait while it is analysed: a loop makes it last.
BRIEF_S = 30.0
# What a speaker says: one steady note, in a range that neither song whistles in.
VOICE_HZ = 2093.0


@cache
def _samples(of: Song) -> NDArray[np.int16]:
    music = 0.8 * song(of.bpm, of.seconds, first_beat_s=_FIRST_BEAT_S, tonic=of.tonic).astype(np.float64)
    at_s = np.arange(len(music)) / SAMPLE_RATE
    since_beat_s = np.maximum(at_s - _FIRST_BEAT_S, 0.0) % (60.0 / of.bpm)
    ticks = np.exp(-_TICK_DECAY_PER_S * since_beat_s) * np.sin(2 * np.pi * of.tick_hz * since_beat_s)
    whistle = np.sin(2 * np.pi * of.whistle_hz * at_s)
    music += 32_767 * (_WHISTLE * whistle + _TICK * ticks)[:, None]
    return np.round(np.clip(music, -32_767, 32_767)).astype(np.int16)


def write_voice(path: Path) -> Path:
    """A second of speech that can be repeated without a seam; mono, as a microphone gives it."""
    tone = _VOICE * np.sin(2 * np.pi * VOICE_HZ * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.round(32_767 * tone).astype("<i2").tobytes())
    return path


async def put_in_library(product: Product, account: Account, songs: tuple[Song, ...], folder: Path) -> None:
    """Uploads songs by the API and waits until they can be played."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {account.access_token}"}) as session:
        for one in songs:
            form = aiohttp.FormData(quote_fields=False)
            path = await asyncio.to_thread(one.write, folder)
            form.add_field("file", path.read_bytes(), filename=path.name, content_type="audio/wav")
            async with session.post(f"{product.url}/api/v1/dj/upload-track", data=form) as response:
                assert response.status == 202, await response.text()

    async def are_ready() -> bool:
        tracks = (await product.call("GET", "/dj/tracks", token=account.access_token))["items"]
        return all(track["status"] == "ready" for track in tracks)

    await eventually(are_ready, timeout_s=4 * PATIENCE_MS / 1000, every_s=0.25)
