"""A worker that is killed leaves its sessions on disk, and the next one goes on where they would be by now."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import psutil
import pytest

from mixer.engine import commands as c
from mixer.host.settings import Bus
from tests.mixer.host.rig import Tapped, running_host
from tests.support.waiting import eventually

REPOSITORY = Path(__file__).resolve().parents[3]


async def killed_worker(folder: Path) -> dict[str, float]:
    """Where a worker was when it was killed with its engines, of which none may be left."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.mixer.host.restart_program",
        str(folder),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    assert worker.stdout is not None
    said: dict[str, float] = json.loads(await worker.stdout.readline())
    engines = psutil.Process(worker.pid).children()
    assert len(engines) == 2
    worker.kill()
    await worker.wait()
    await eventually(lambda: not any(engine.is_running() and engine.status() != "zombie" for engine in engines))
    return said


async def test_a_session_goes_on_after_its_worker_was_killed(tmp_path: Path) -> None:
    before = await killed_worker(tmp_path)
    async with running_host(tmp_path, capacity=2) as rig:
        assert rig.host.open("mix")
        await eventually(lambda: rig.host.view("mix") is not None)
        view = rig.view("mix")
        # The same place in the music, as if nothing had happened: both times are of the frames themselves.
        moved_s = (view.moment.decks[3].position_frames - before["position"]) / 48_000
        assert moved_s == pytest.approx(view.at - before["at"], abs=0.02)
        assert len(view.desk.decks) == 4
        assert (view.desk.decks[3].fader, view.desk.decks[3].playing) == (0.75, True)
        tapped = Tapped()
        rig.host.tap("mix", Bus.PROGRAMME, tapped)
        await eventually(lambda: any(abs(pcm).max() > 0.01 for _, pcm in tapped.blocks))
        # What the device sent to the worker before is not done again.
        assert not rig.host.submit("mix", c.SetFader(3, 0.1), source="tablet", seq=1)
        assert rig.host.submit("mix", c.SetFader(3, 0.5), source="tablet", seq=9)
        await eventually(lambda: rig.view("mix").desk.decks[3].fader == 0.5)


async def test_a_closed_session_is_not_found_again(tmp_path: Path) -> None:
    async with running_host(tmp_path, capacity=1) as first:
        assert not first.host.open("mix")
        await eventually(lambda: (tmp_path / "state" / "mix.mix").exists())
        first.host.close("mix")
    assert list((tmp_path / "state").iterdir()) == []
    async with running_host(tmp_path, capacity=1) as second:
        assert not second.host.open("mix")
