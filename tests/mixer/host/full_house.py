"""A host with as many shows as it admits, DJs at all of them, and a worker that stalls now and then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from mixer.codecs.opus import OpusSettings
from mixer.dsp.effects.state import EffectKind
from mixer.engine import commands as c
from mixer.host.outputs import Output
from mixer.host.settings import Bus, HostFull, NotAdmitted
from tests.mixer.host.rig import HostRig, song

STALL_S: Final = 0.05
TURN_S: Final = 0.1
"""How often DJs do something."""
_COMMANDS: Final = 4
_STALLS: Final = 0.05
"""In which part of the turns the worker stalls."""


class Steady:
    """A PacketSink that counts how often a packet does not begin where the one before ended."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._next: int | None = None
        self.packets = self.breaks = 0

    def __call__(self, frame: int, packet: bytes) -> None:
        self.breaks += self._next is not None and frame != self._next
        self._next = frame + self._frames
        self.packets += 1


def random_command(dice: np.random.Generator) -> c.Command:
    """Something a DJ does; all of it makes sense."""
    deck, knob = int(dice.integers(2)), float(dice.uniform(-1.0, 1.0))
    choices: list[c.Command] = [
        c.SetFader(deck, abs(knob)),
        c.SetEqualiser(deck, int(dice.integers(3)), knob),
        c.SetFilter(deck, knob if abs(knob) > 0.3 else 0.0),
        c.SetPitch(deck, knob),
        c.SetKeyLock(deck, knob > 0.0),
        c.Seek(deck, 60.0 * 48_000 * abs(knob)),
        c.BeatLoop(deck, 4.0),
        c.SetLooping(deck, False),
        c.SetSync(deck, knob > 0.0),
        c.SetEffect(deck, EffectKind(int(dice.integers(7))), mix=abs(knob)),
        c.MoveCrossfader(knob),
        c.Play(deck, True),
    ]
    return choices[int(dice.integers(len(choices)))]


def begin(tracks: list[str]) -> list[c.Command]:
    return [
        command
        for deck, (track, bpm) in enumerate(zip(tracks, (124.0, 128.0), strict=True))
        for command in (c.Load(deck, track, bpm=bpm), c.SetKeyLock(deck, True), c.Play(deck, True))
    ]


def sums_in(seconds: float) -> int:
    """How far one addition after the other comes in so long, without letting the interpreter go."""
    count = 1_000_000
    began = time.perf_counter()
    sum(range(count))
    return int(count * seconds / (time.perf_counter() - began))


class FullHouse:
    """`orders` are the commands of each show by the number of their order. `on_opened` is told the name of each show
    before it begins; `each_turn` is called at least each second.
    """

    def __init__(
        self,
        folder: Path,
        *,
        capacity: int,
        real_time: bool,
        on_opened: Callable[[str], None] = lambda name: None,
        each_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self.rig = HostRig(folder, capacity=capacity, real_time=real_time)
        self.host = self.rig.host
        self.names: list[str] = []
        self.orders: dict[str, list[tuple[int, c.Command]]] = {}
        self.programmes: list[tuple[Output, Steady]] = []
        self.stalls = 0
        self._on_opened, self._each_turn = on_opened, each_turn
        self._tracks: list[str] = []
        self._dice = np.random.default_rng(7)
        self._stall = sums_in(STALL_S)

    async def start(self) -> None:
        """Open shows until no more is admitted."""
        self._tracks = [self.rig.track(song(90.0, seed)) for seed in (1, 2)]
        await self.host.start()
        for number in range(self.host.settings.capacity):
            name = f"show-{number}"
            try:
                self.host.open(name)
            except (HostFull, NotAdmitted):
                break
            self._begin(name)
            # The next is admitted by what those before it cost.
            await asyncio.sleep(TURN_S)
            self._each_turn()

    def _begin(self, name: str) -> None:
        """Two decks play, and the programme is encoded."""
        self.names.append(name)
        self.orders[name] = []
        steady = Steady(OpusSettings().frames)
        self.programmes.append((self.host.encode(name, Bus.PROGRAMME, OpusSettings(), steady), steady))
        self._on_opened(name)
        for command in begin(self._tracks):
            self._submit(name, command)

    def _submit(self, name: str, command: c.Command) -> None:
        self.host.submit(name, command, source="", seq=0)
        self.orders[name].append((self.host._last_number, command))

    async def play(self, seconds: float) -> None:
        """For so long, DJs at four shows do something in each turn, and now and then the worker stalls."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name in self._dice.choice(self.names, _COMMANDS).tolist():
                self._submit(name, random_command(self._dice))
            if self._dice.random() < _STALLS:
                # One call of the interpreter: no other thread of the worker runs meanwhile.
                sum(range(self._stall))
                self.stalls += 1
            await asyncio.sleep(TURN_S)
            self._each_turn()
