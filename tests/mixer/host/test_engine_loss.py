"""An engine process that dies or hangs is replaced, and the music is where it would have been."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest
import pytest_asyncio

from mixer.codecs.opus import OpusSettings
from mixer.dsp.effects.state import EffectKind
from mixer.dsp.units import BLOCK
from mixer.engine import commands as c
from mixer.host import engines
from mixer.host.engines import HANGS_S
from mixer.host.settings import Bus
from tests.mixer.host.rig import HostRig, Packets, Tapped, Twin, running_host, song
from tests.support.waiting import eventually

LOSSES = {"killed": signal.SIGKILL, "hanging": signal.SIGSTOP}


@pytest_asyncio.fixture
async def rig(tmp_path: Path) -> AsyncIterator[HostRig]:
    async with running_host(tmp_path, capacity=2) as running:
        yield running


@pytest_asyncio.fixture
async def patient_rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HostRig]:
    """A host that takes an engine for lost when it is dead, and never because this machine stood still."""
    monkeypatch.setattr(engines, "HANGS_S", math.inf)
    async with running_host(tmp_path, capacity=2) as running:
        yield running


def lose(rig: HostRig, how: signal.Signals) -> None:
    pid = rig.host.engine_pid
    assert pid is not None
    os.kill(pid, how)


async def playing(rig: HostRig, name: str, *commands: c.Command) -> tuple[Tapped, Twin]:
    """A session that plays, and its twin, which the same has happened to in the same frame."""
    await rig.opened(name)
    track = rig.track(song())
    for command in commands:
        rig.host.submit(name, command, source="", seq=0)
    # Until nothing moves any more: in which frame a command took effect is then not heard.
    settled = rig.view(name).frame + 48_000
    await eventually(lambda: rig.view(name).frame > settled)
    await rig.play(name, track)
    view = rig.view(name)
    twin = Twin(rig)
    twin.apply(0, *commands)
    twin.apply(view.frame - int(view.moment.decks[0].position_frames), c.Load(0, track, bpm=120.0), c.Play(0, True))
    tapped = Tapped()
    rig.host.tap(name, Bus.PROGRAMME, tapped)
    await eventually(lambda: len(tapped.blocks) > 20)
    return tapped, twin


@pytest.mark.parametrize("how", LOSSES)
async def test_the_spare_plays_what_the_lost_engine_would_have_played(rig: HostRig, how: str) -> None:
    tapped, twin = await playing(rig, "mix")
    packets = Packets()
    output = rig.host.encode("mix", Bus.PROGRAMME, OpusSettings(), packets)
    await eventually(lambda: len(packets.frames) > 5)
    lose(rig, LOSSES[how])
    await eventually(lambda: rig.lost != [] and tapped.gaps() != [])
    after = tapped.gaps()[0][1]
    await eventually(lambda: tapped.frames > after + 50 * BLOCK)
    blocks = list(tapped.blocks)
    for frame, pcm in blocks:
        assert np.array_equal(pcm, twin.programme(frame, len(pcm)))
    assert np.abs(blocks[-1][1]).max() > 0.01
    # Packets too are of one place each, in order, and none comes twice.
    await eventually(lambda: packets.frames[-1] > after + 9600)
    steps = np.diff(packets.frames)
    assert steps.min() == 960
    assert (steps > 960).sum() == output.gaps


async def test_an_echo_goes_on_in_the_spare(rig: HostRig) -> None:
    tapped, twin = await playing(rig, "mix", c.SetEffect(0, EffectKind.ECHO, beats=0.5, amount=0.7))
    begun = tapped.frames
    await eventually(lambda: tapped.frames > begun + 48_000)
    lose(rig, signal.SIGKILL)
    await eventually(lambda: tapped.gaps() != [])
    after = tapped.gaps()[0][1]
    # What would have been said into the delay line while there was no engine is missing from it, and from its repeats,
    # which fade away: after five seconds by sixty decibels.
    settled = after + 5 * 48_000
    await eventually(lambda: tapped.frames > settled + 100 * BLOCK, timeout_s=30)
    blocks = [(frame, pcm) for frame, pcm in tapped.blocks if frame >= settled]
    assert max(np.abs(pcm - twin.programme(frame, len(pcm))).max() for frame, pcm in blocks) < 1e-3
    assert max(np.abs(pcm).max() for _, pcm in blocks) > 0.01


async def test_commands_given_while_there_is_no_engine_take_effect(rig: HostRig) -> None:
    await playing(rig, "mix")
    lose(rig, signal.SIGSTOP)
    for seq, command in enumerate((c.SetFader(0, 0.25), c.SetEqualiser(0, 1, -1.0), c.Load(1, "f" * 64)), 1):
        assert rig.host.submit("mix", command, source="tablet", seq=seq)
    rig.host.open("another")
    await eventually(lambda: rig.host.not_yet_in(rig.view("mix"), "mix") == {})
    await eventually(lambda: len(rig.refused) == 1)
    deck = rig.view("mix").desk.decks[0]
    assert (deck.fader, deck.equaliser[1], deck.playing) == (0.25, -1.0, True)
    assert rig.refused[0][:3] == ("mix", "tablet", 3)
    await eventually(lambda: rig.host.view("another") is not None)


async def test_losing_one_engine_after_the_other_leaves_the_music_in_its_place(rig: HostRig) -> None:
    tapped, twin = await playing(rig, "mix")
    for count in (1, 2):
        before = tapped.frames
        lose(rig, signal.SIGKILL)
        await eventually(lambda count=count: len(rig.lost) == count)  # type: ignore[misc]
        await eventually(lambda before=before: tapped.frames > before + 9600)  # type: ignore[misc]
    # The second loss finds no spare that is ready, so more than a second is missing, and only its end was rendered.
    frame, pcm = tapped.blocks[-1]
    assert np.abs(pcm - twin.programme(frame, len(pcm))).max() < 1e-3
    view = rig.view("mix")
    assert view.desk.decks[0].playing
    assert rig.host.statistics().skipped > 0


async def test_more_is_borne_of_an_engine_that_follows_one_that_hung(
    rig: HostRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However long the music takes to come on a machine that has other things to do, the one follows the other soon.
    monkeypatch.setattr("mixer.host.engines.STEADY_S", 600.0)
    tapped, _ = await playing(rig, "mix")
    for count in (1, 2):
        before = tapped.frames
        lose(rig, signal.SIGSTOP)
        await eventually(lambda count=count: len(rig.lost) == count)  # type: ignore[misc]
        await eventually(lambda before=before: tapped.frames > before + 9600)  # type: ignore[misc]
    silent_ms = [int(reason.split()[-2]) for reason in rig.lost]
    assert silent_ms[0] >= 1000 * HANGS_S
    assert silent_ms[1] >= 2000 * HANGS_S


async def test_a_spare_that_dies_is_replaced_before_it_is_needed(patient_rig: HostRig) -> None:
    rig = patient_rig
    await playing(rig, "mix")

    def spares() -> list[int]:
        running = [
            child.pid
            for child in psutil.Process().children()
            if child.status() != psutil.STATUS_ZOMBIE and "mixer.host.engine_process" in child.cmdline()
        ]
        return [pid for pid in running if pid != rig.host.engine_pid]

    await eventually(lambda: len(spares()) == 1)
    (first,) = spares()
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: len(set(spares()) - {first}) == 1)
    (second,) = set(spares()) - {first}
    assert rig.lost == []
    lose(rig, signal.SIGKILL)
    await eventually(lambda: rig.host.engine_pid == second)
    frame = rig.view("mix").frame
    await eventually(lambda: rig.view("mix").frame > frame + 48_000)


async def test_a_host_that_ends_leaves_no_process_behind(tmp_path: Path) -> None:
    async with running_host(tmp_path, capacity=1) as ended:
        pid = ended.host.engine_pid
        assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
