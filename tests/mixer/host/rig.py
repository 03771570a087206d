"""A host for tests, what its outputs carried, and an engine of this process that does the same undisturbed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixer.codecs.opus import OpusDecoder
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.engine import Engine
from mixer.host.host import MixerHost
from mixer.host.settings import HostSettings
from mixer.host.view import MixView
from tests.mixer.rig import Audio, music
from tests.mixer.tracks.files import write_wav
from tests.support.waiting import eventually


class HostRig:
    """A running host and what it said."""

    def __init__(self, folder: Path, *, capacity: int = 6, real_time: bool = False) -> None:
        self.folder = folder
        self.refused: list[tuple[str, str, int, Exception]] = []
        self.lost: list[str] = []
        settings = HostSettings(
            capacity, folder / "tracks", 1 << 30, folder / "state", real_time=real_time, encoder_threads=2
        )
        self.host = MixerHost(
            settings, on_refused=lambda *what: self.refused.append(what), on_engine_lost=self.lost.append
        )

    def track(self, mono: NDArray[np.float64]) -> str:
        """A decoded track."""
        path = self.folder / "source.wav"
        return self.host.tracks.decode(write_wav(path, mono, SAMPLE_RATE))

    async def play(self, session_id: str, track: str, *, bpm: float = 120.0, deck: int = 0) -> None:
        """Load a track and play it; returns when it plays. Commands are the worker's own."""
        for command in (c.Load(deck, track, bpm=bpm), c.Play(deck, True)):
            self.host.submit(session_id, command, source="", seq=0)
        await eventually(lambda: self.view(session_id).desk.decks[deck].playing)

    def view(self, session_id: str) -> MixView:
        found = self.host.view(session_id)
        assert found is not None
        return found

    async def opened(self, session_id: str, deck_count: int = 2) -> str:
        """Open a session; returns when the engine has it."""
        self.host.open(session_id, deck_count)
        await eventually(lambda: self.host.view(session_id) is not None)
        return session_id


@asynccontextmanager
async def running_host(folder: Path, *, capacity: int = 6) -> AsyncIterator[HostRig]:
    rig = HostRig(folder, capacity=capacity)
    await rig.host.start()
    try:
        yield rig
    finally:
        await rig.host.stop()


class Packets:
    """A PacketSink that keeps what it is given."""

    def __init__(self) -> None:
        self.frames: list[int] = []
        self.packets: list[bytes] = []

    def __call__(self, frame: int, packet: bytes) -> None:
        self.packets.append(packet)
        self.frames.append(frame)

    def decoded(self) -> Audio:
        decoder = OpusDecoder()
        return np.concatenate([decoder.decode(packet) for packet in self.packets])


class Tapped:
    """A PcmSink that keeps what it is given."""

    def __init__(self) -> None:
        self.blocks: list[tuple[int, Audio]] = []

    def __call__(self, frame: int, pcm: Audio) -> None:
        self.blocks.append((frame, pcm))

    @property
    def frames(self) -> int:
        """Up to which frame it was given something."""
        return self.blocks[-1][0] + len(self.blocks[-1][1]) if self.blocks else 0

    def gaps(self) -> list[tuple[int, int]]:
        """(first, next) frame of what is missing."""
        ends = [
            (frame + len(pcm), after) for (frame, pcm), (after, _) in zip(self.blocks, self.blocks[1:], strict=False)
        ]
        return [(end, after) for end, after in ends if end != after]


class Twin:
    """The same session in an engine of this process, to which nothing happens."""

    def __init__(self, rig: HostRig) -> None:
        self._engine = Engine(1, rig.host.tracks)
        self._place = self._engine.open()
        self.heard: list[Audio] = []

    def apply(self, frame: int, *commands: c.Command) -> None:
        """Apply commands when the session is at `frame`, which is not before now."""
        self.render_to(frame)
        for command in commands:
            self._engine.apply(self._place, command)

    def render_to(self, frame: int) -> None:
        while self._engine.frame(self._place) < frame:
            self._engine.render()
            self.heard.append(self._engine.programme[self._place].copy())

    def programme(self, first: int, frames: int) -> Audio:
        self.render_to(first + frames)
        return np.concatenate(self.heard)[first : first + frames]


def sine(hz: float, seconds: float = 30.0, level: float = 0.3) -> NDArray[np.float64]:
    return level * np.sin(2 * np.pi * hz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)


def song(seconds: float = 30.0, seed: int = 1) -> NDArray[np.float64]:
    mono: NDArray[np.float64] = music(seconds, seed=seed)[:, 0] / 32768.0
    return mono


def pitch_hz(audio: Audio) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(audio[:, 0] * np.hanning(len(audio))))
    return float(np.argmax(spectrum)) * SAMPLE_RATE / len(audio)
