"""An hour of shows at the limit of admission beside a worker that stalls: no tick is missed, no sample is wrong.

`MIXER_SOAK_S` shortens it, `MIXER_SOAK_SESSIONS` makes it smaller. It is for a machine that does nothing else, with
real-time priority where that is allowed.
"""

from __future__ import annotations

import asyncio
import os
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from mixer.codecs.opus import OpusSettings
from mixer.dsp.effects.state import EffectKind
from mixer.engine import commands as c
from mixer.engine.engine import Engine
from mixer.host.host import MixerHost
from mixer.host.outputs import Output
from mixer.host.settings import Bus, HostFull, NotAdmitted
from tests.mixer.host.rig import HostRig, song
from tests.mixer.rig import Audio

DURATION_S = float(os.environ.get("MIXER_SOAK_S", "3600"))
CAPACITY = int(os.environ.get("MIXER_SOAK_SESSIONS", "24"))
REPLAYED = 2
"""Sessions of which every sample is rendered again."""
STALL_S = 0.05
CRC_BLOCKS = 200


class Checksums:
    """A PcmSink that keeps a checksum of each second, by the frame of its start."""

    def __init__(self) -> None:
        self.seconds: dict[int, int] = {}

    def __call__(self, frame: int, pcm: Audio) -> None:
        start = frame - frame % (CRC_BLOCKS * len(pcm))
        self.seconds[start] = zlib.crc32(pcm.tobytes(), self.seconds.get(start, 0))


class Applied:
    """When each order took effect: the tick, and through it the frame of each session."""

    def __init__(self, host: MixerHost) -> None:
        self._shared = host._shared
        self._tick = self._shared.newest
        self._number = 0
        self.frames: dict[int, list[int]] = {}

    def read(self) -> None:
        """To be called at least each second. Every order is dated by the first tick that came after it."""
        shared = self._shared
        for tick in range(self._tick + 1, shared.newest + 1):
            assert shared.slot_ticks[tick % shared.ticks] == tick, "read too late"
            slot = tick % shared.ticks
            number, frames = int(shared.slot_numbers[slot]), shared.slot_frames[slot].tolist()
            for order in range(self._number + 1, number + 1):
                self.frames[order] = frames
            self._tick, self._number = tick, number


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


async def fill(rig: HostRig, applied: Applied) -> list[str]:
    """Open sessions until no more is admitted."""
    names = [f"show-{number}" for number in range(CAPACITY)]
    for index, name in enumerate(names):
        try:
            rig.host.open(name)
        except (HostFull, NotAdmitted):
            return names[:index]
        await asyncio.sleep(0.1)
        applied.read()
    return names


@pytest.mark.soak
async def test_an_hour_of_shows_misses_no_tick_and_is_what_the_log_says(tmp_path: Path) -> None:
    rig = HostRig(tmp_path, capacity=CAPACITY, real_time=True)
    host = rig.host
    await host.start()
    tracks = [rig.track(song(90.0, seed)) for seed in (1, 2)]
    applied = Applied(host)
    dice = np.random.default_rng(7)
    events: dict[str, list[tuple[int, c.Command]]] = {}
    checksums: dict[str, Checksums] = {}
    taps: list[Output] = []
    try:
        names = await fill(rig, applied)
        for name in names:
            events[name] = []
            host.encode(name, Bus.PROGRAMME, OpusSettings(), lambda frame, packet: None)
            if len(checksums) < REPLAYED:
                taps.append(host.tap(name, Bus.PROGRAMME, checksums.setdefault(name, Checksums())))
            for command in begin(tracks):
                host.submit(name, command, source="", seq=0)
                events[name].append((host._last_number, command))
        applied.read()
        before = host.statistics()
        end = time.monotonic() + DURATION_S
        while time.monotonic() < end:
            for name in dice.choice(names, 4).tolist():
                command = random_command(dice)
                host.submit(name, command, source="", seq=0)
                events[name].append((host._last_number, command))
            if dice.random() < 0.05:
                # The worker does something long, and holds its interpreter.
                stalled = time.perf_counter() + STALL_S
                while time.perf_counter() < stalled:
                    pass
            await asyncio.sleep(0.1)
            applied.read()
        after = host.statistics()
    finally:
        await host.stop()
    assert rig.lost == []
    assert rig.refused == []
    assert [tap.gaps for tap in taps] == [0] * REPLAYED
    replayed = 0
    for name, sums in checksums.items():
        place = names.index(name)
        replayed += compare(host, sums, [(applied.frames[number][place], what) for number, what in events[name]])
    assert replayed > REPLAYED * (DURATION_S - 10.0)
    assert after.missed - before.missed == 0
    assert after.skipped == 0


def compare(host: MixerHost, sums: Checksums, events: list[tuple[int, c.Command]]) -> int:
    """Render a session again; how many whole seconds of it were compared."""
    engine = Engine(1, host.tracks)
    place = engine.open()
    seconds = sorted(sums.seconds)[1:-1]
    again = Checksums()
    waiting = list(reversed(events))
    while engine.frame(place) < seconds[-1] + CRC_BLOCKS * engine.block:
        frame = engine.frame(place)
        while waiting and waiting[-1][0] <= frame:
            engine.apply(place, waiting.pop()[1])
        engine.render()
        again(frame, np.ascontiguousarray(engine.programme[place]))
    assert [again.seconds[second] for second in seconds] == [sums.seconds[second] for second in seconds]
    return len(seconds)
