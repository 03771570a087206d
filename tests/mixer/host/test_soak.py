"""An hour of shows at the limit of admission, beside a busy media worker, builds, and stalls of the worker itself:
no tick is missed, no sample is wrong, no packet is out of step.

Of a virtual machine processors may be taken away in the middle of a tick, for longer than one. The account knows: the
system gave the processor to nobody else, and the thread did not compute. Such ticks are told of, and are not ours; what
is heard has to be right all the same.

`MIXER_SOAK_S` shortens it, `MIXER_SOAK_SESSIONS` makes it smaller. It is for a machine that does nothing else, with
real-time priority where that is allowed.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import numpy as np
import pytest

from mixer.engine import commands as c
from mixer.engine.engine import Engine
from mixer.host.host import MixerHost
from mixer.host.outputs import Output
from mixer.host.settings import Bus
from tests.benchmarks.dj.lateness import Lateness
from tests.benchmarks.dj.neighbours import neighbours
from tests.mixer.host.full_house import FullHouse
from tests.mixer.rig import Audio

DURATION_S = float(os.environ.get("MIXER_SOAK_S", "3600"))
CAPACITY = int(os.environ.get("MIXER_SOAK_SESSIONS", "24"))
REPLAYED = 2
"""Sessions of which every sample is rendered again."""
CRC_BLOCKS = 200
REPORT_S = 60.0


class Checksums:
    """A PcmSink that keeps a checksum of each second, by the frame of its start."""

    def __init__(self) -> None:
        self.seconds: dict[int, int] = {}

    def __call__(self, frame: int, pcm: Audio) -> None:
        start = frame - frame % (CRC_BLOCKS * len(pcm))
        self.seconds[start] = zlib.crc32(pcm.tobytes(), self.seconds.get(start, 0))


class Applied:
    """When each order took effect: the tick, and through it the frame of the first sessions."""

    def __init__(self, host: MixerHost) -> None:
        self._shared = host._shared
        self._tick = self._shared.newest
        self._number = 0
        self.frames: dict[int, list[int]] = {}
        self.lost_ticks = 0
        """Ticks that were read too late: the orders before them cannot be dated."""

    def read(self) -> None:
        """To be called at least each second. Every order is dated by the first tick that came after it."""
        shared = self._shared
        for tick in range(self._tick + 1, shared.newest + 1):
            slot = tick % shared.ticks
            if shared.slot_ticks[slot] != tick:
                self.lost_ticks += 1
                continue
            number, frames = int(shared.slot_numbers[slot]), shared.slot_frames[slot, :REPLAYED].tolist()
            for order in range(self._number + 1, number + 1):
                self.frames[order] = frames
            self._tick, self._number = tick, number


@pytest.mark.soak
async def test_an_hour_of_shows_misses_no_tick_and_is_what_the_log_says(tmp_path: Path) -> None:
    taps: list[Output] = []
    checksums: dict[str, Checksums] = {}

    def tap(name: str) -> None:
        if len(taps) < REPLAYED:
            taps.append(host.tap(name, Bus.PROGRAMME, checksums.setdefault(name, Checksums())))

    def look() -> None:
        applied.read()
        lateness.read()
        around.look()

    house = FullHouse(tmp_path, capacity=CAPACITY, real_time=True, on_opened=tap, each_turn=look)
    host = house.host
    applied, lateness = Applied(host), Lateness(host)
    with neighbours() as around:
        try:
            await house.start()
            lateness.begin()
            for _ in range(max(1, round(DURATION_S / REPORT_S))):
                await house.play(min(DURATION_S, REPORT_S))
                breaks = sum(steady.breaks for _, steady in house.programmes)
                print(f"{len(house.names)} shows: {lateness}; {around}; {house.stalls} stalls, {breaks} breaks")
        finally:
            await host.stop()
    assert house.rig.lost == []
    assert house.rig.refused == []
    assert applied.lost_ticks == 0
    assert [output.gaps for output in taps] == [0] * REPLAYED
    assert [(output.gaps, steady.breaks) for output, steady in house.programmes] == [(0, 0)] * len(house.names)
    replayed = 0
    for place, (name, sums) in enumerate(checksums.items()):
        events = [(applied.frames[number][place], what) for number, what in house.orders[name]]
        replayed += compare(host, sums, events)
    assert replayed > REPLAYED * (DURATION_S - 10.0)
    assert lateness.missed_by_us == 0
    assert lateness.skipped == 0


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
