"""Who speaks is heard in the mix, after the delay that is said."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from mixer.dsp.limiter import LATENCY
from mixer.engine import commands as c
from mixer.host.settings import Bus
from tests.mixer.host.rig import HostRig, Tapped, pitch_hz
from tests.mixer.rig import Audio
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Tone:
    """A Voice that says one tone, without end."""

    def __init__(self) -> None:
        self.given = 0

    def take(self, frames: int) -> Audio:
        time = np.arange(self.given, self.given + frames) / 48_000
        self.given += frames
        return np.repeat(0.25 * np.sin(2 * np.pi * 500.0 * time)[:, None], 2, axis=1).astype(np.float32)


async def test_a_voice_is_in_the_programme_until_it_is_taken_away(rig: HostRig) -> None:
    name = await rig.opened("spoken")
    rig.host.submit(name, c.SetMicrophone(True), source="", seq=0)
    tapped = Tapped()
    rig.host.tap(name, Bus.PROGRAMME, tapped)
    rig.host.set_microphone(name, Tone())
    await eventually(lambda: tapped.frames > 48_000)
    heard = np.concatenate([pcm for _, pcm in tapped.blocks[-100:]])
    assert pitch_hz(heard) == pytest.approx(500.0, abs=5.0)
    assert rig.view(name).moment.microphone.peak_db == pytest.approx(-12.0, abs=0.5)
    rig.host.set_microphone(name, None)
    await eventually(lambda: not np.any(tapped.blocks[-1][1]))


class Mark:
    """Says a mark once the session is at a frame, and remembers at which frame it was asked for it."""

    def __init__(self, rig: HostRig, name: str) -> None:
        self._rig, self._name = rig, name
        self.asked_at: int | None = None

    def take(self, frames: int) -> Audio:
        out = np.zeros((frames, 2), np.float32)
        if self.asked_at is None and (frame := self._rig.view(self._name).frame) > 48_000:
            self.asked_at = frame
            out[0] = 0.5
        return out


async def lead_of_a_mark(rig: HostRig, name: str) -> int:
    """Frames from where the engine was, when the microphone was asked for a mark, to where the mark is heard."""
    await rig.opened(name)
    rig.host.submit(name, c.SetMicrophone(True), source="", seq=0)
    tapped, mark = Tapped(), Mark(rig, name)
    rig.host.tap(name, Bus.PROGRAMME, tapped)
    rig.host.set_microphone(name, mark)
    await eventually(lambda: any(np.abs(pcm).max() > 0.2 for _, pcm in tapped.blocks))
    (at,) = [frame + int(np.argmax(np.abs(pcm[:, 0]))) for frame, pcm in tapped.blocks if np.abs(pcm).max() > 0.2][:1]
    assert mark.asked_at is not None
    rig.host.close(name)
    return int(at - LATENCY - mark.asked_at)


async def test_the_lead_of_the_microphone_is_the_one_that_is_said(rig: HostRig) -> None:
    block, said = rig.host.settings.block, rig.host.microphone_lead_frames
    # `asked_at` is the next frame to be rendered: the voice fills the last of the blocks of the lead after it. A thread
    # that is late to look where the engine is sees less of the lead, never more.
    leads = []
    for number in range(20):
        leads.append(await lead_of_a_mark(rig, f"marked-{number}"))
        if leads[-1] >= said - block:
            break
    assert max(leads) == pytest.approx(said, abs=block)


class Stuck:
    """A Voice, or a sink, that does not return until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def __call__(self, frame: int, pcm: Audio) -> None:
        self.let_go.wait()


async def test_a_sink_that_does_not_return_is_dropped_and_holds_nobody_up(rig: HostRig) -> None:
    name = await rig.opened("held-up")
    stuck = [Stuck() for _ in range(3)]
    # One more than there are threads.
    outputs = [rig.host.tap(name, Bus.CUE, sink) for sink in stuck]
    healthy = Tapped()
    rig.host.tap(name, Bus.CUE, healthy)
    await eventually(lambda: all(output.is_dropped for output in outputs))
    count = len(healthy.blocks)
    await eventually(lambda: len(healthy.blocks) > count + 20)
    for sink in stuck:
        sink.let_go.set()
