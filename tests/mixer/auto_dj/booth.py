"""A booth on simulated time: a real engine, Auto-DJ at its desk, and instruments on what is heard."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mixer.auto_dj.auto_dj import AutoDj, LoadTrack, Surroundings
from mixer.auto_dj.candidate import Candidate, Span
from mixer.auto_dj.view import DeskView, view_of
from mixer.dsp.units import BLOCK, SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.desk_state import DeskState, desk_of, moment_of
from mixer.engine.engine import Engine
from mixer.engine.layout import SESSION
from mixer.engine.session import UnknownTrack
from tests.mixer.rig import Audio, MemoryTrack, MemoryTracks, Samples, clicks

STEP_S = 0.04


def span(length_s: float, *, intro_s: float, outro_s: float, start_s: float = 0.0) -> Span:
    """From `start_s` to the end, with an intro and an outro of so many seconds."""
    rate = float(SAMPLE_RATE)
    return Span(start_s * rate, length_s * rate, (start_s + intro_s) * rate, (length_s - outro_s) * rate)


def track(
    name: str, bpm: float | None, *, sections: Span | None = None, entry: str | None = None, grid: float = 0.0
) -> Candidate:
    """A candidate whose beats begin at `grid`."""
    return Candidate(name, entry, bpm, None if bpm is None else grid, sections)


@dataclass
class Booth:
    """Steps Auto-DJ each 40 ms of rendered sound, with a step's delay between what it sees and what it did."""

    pcm: dict[str, Samples]
    queue: list[Candidate] = field(default_factory=list)
    played: list[Candidate] = field(default_factory=list)
    decks: int = 2
    loads: list[LoadTrack] = field(default_factory=list)
    done: list[c.Command] = field(default_factory=list)

    blind_steps: int = 2
    """For so many steps after a load the deck does not show it, as when the engine is elsewhere."""

    def __post_init__(self) -> None:
        self.auto = AutoDj()
        self.on_deck: dict[int, Candidate] = {}
        self.engine = Engine(1, MemoryTracks({name: MemoryTrack(name, pcm) for name, pcm in self.pcm.items()}))
        self.place = self.engine.open(self.decks)
        self.seconds = 0.0
        self._hidden: dict[int, float] = {}

    def state(self) -> DeskState:
        snapshot = self.engine.snapshot(self.place)
        record = np.frombuffer(snapshot.state, SESSION)[0]
        return desk_of(record, dict(enumerate(snapshot.tracks, start=1)))

    def view(self) -> DeskView:
        record = np.frombuffer(self.engine.snapshot(self.place).state, SESSION)[0]
        return view_of(self.state(), moment_of(record))

    def apply(self, *commands: c.Command) -> None:
        for command in commands:
            self.engine.apply(self.place, command)

    def play(self, deck: int, candidate: Candidate, *, at_s: float = 0.0) -> None:
        """What a DJ does: load and play."""
        self.load(deck, candidate)
        self.apply(c.Seek(deck, at_s * SAMPLE_RATE), c.Play(deck, True))

    def load(self, deck: int, candidate: Candidate) -> None:
        self.apply(c.Load(deck, candidate.track, candidate.bpm or 0.0, candidate.grid_frame or 0.0))
        self.on_deck[deck] = candidate
        self._hidden[deck] = self.seconds + self.blind_steps * STEP_S

    def run(self, seconds: float) -> Audio:
        """The programme of so many seconds."""
        heard = []
        for _ in range(round(seconds / STEP_S)):
            shown = {deck: on for deck, on in self.on_deck.items() if self._hidden.get(deck, 0.0) <= self.seconds}
            around = Surroundings(shown, self.queue, self.played)
            for action in self.auto.step(self.view(), around, now=self.seconds):
                self._do(action)
            for _ in range(round(STEP_S * SAMPLE_RATE) // BLOCK):
                self.engine.render()
                heard.append(self.engine.programme[self.place].copy())
            self.seconds += STEP_S
        return np.concatenate(heard)

    def _do(self, action: LoadTrack | c.Command) -> None:
        if not isinstance(action, LoadTrack):
            self.done.append(action)
            self.apply(action)
            return
        self.loads.append(action)
        try:
            self.load(action.deck, action.candidate)
        except UnknownTrack:
            self.auto.load_failed(action.deck, now=self.seconds)
            return
        self.auto.loaded(action.deck, now=self.seconds)
        self.queue = [entry for entry in self.queue if entry.entry != action.candidate.entry]
        self.played = [known for known in self.played if known.track != action.candidate.track]
        self.played.append(action.candidate)


def loudness(audio: Audio, window_s: float = 0.5) -> np.ndarray:
    """RMS level of each window, in dB."""
    size = int(window_s * SAMPLE_RATE)
    power = np.square(audio[: len(audio) // size * size].reshape(-1, size, 2)).mean(axis=(1, 2))
    return np.asarray(10.0 * np.log10(power + 1e-12))


def noise(seconds: float, seed: int, level: float = 0.1) -> Samples:
    """Unrelated to any other seed, and as loud throughout."""
    rng = np.random.default_rng(seed)
    return np.round(level * rng.standard_normal((int(seconds * SAMPLE_RATE), 2)).clip(-4, 4) / 4 * 32767).astype(
        np.int16
    )


__all__ = ["Booth", "clicks", "loudness", "noise", "span", "track"]
