"""What recordings do where there is no room, and while disk or objects fail: the show goes on."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from mixer.worker.outbox import Outbox
from mixer.worker.recordings import Notes, Recordings
from tests.mixer.worker.rig import LEAD, BoothOfTest, add_track, mixer_worker
from tests.support.waiting import eventually

ON = {"command": "SetRecording", "on": True}


async def refused_to_record(booth: BoothOfTest) -> dict[str, Any]:
    """The word that says so, once the desk says that nothing is recorded any more."""
    word = await booth.word(lambda word: word["kind"] == "refused" and word["code"] == "NO_ROOM_TO_RECORD")
    await booth.desk(lambda desk: not desk["recording"])
    return word


async def test_a_recording_ends_where_its_room_does_and_the_booth_hears_of_it(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth(recording_room_bytes=1)
        # Noise, which fills the disk as fast as can be.
        await booth.loaded(0, add_track(tmp_path, "noise", 440.0, hiss=0.5))
        await booth.command({"command": "Play", "deck": 0, "playing": True}, ON)
        assert (await refused_to_record(booth))["device"] == "laptop"

        async def is_kept() -> bool:
            return bool(await mixer.events("recorded"))

        await eventually(is_kept)
        (event,) = await mixer.events("recorded")
        assert event["object_key"].startswith(f"recordings/{LEAD}/")
        await booth.want(recording_room_bytes=0)
        booth.words.clear()
        await booth.command(ON)
        await refused_to_record(booth)
        assert len(await mixer.events("recorded")) == 1
        assert not list((tmp_path / "mixer" / "mixer-1" / "recordings").iterdir())


async def test_a_disk_that_fails_ends_the_recording_and_not_the_show(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        shutil.rmtree(tmp_path / "mixer" / "mixer-1" / "recordings")
        await booth.command(ON)
        await refused_to_record(booth)
        await booth.command({"command": "MoveCrossfader", "position": 0.5})
        await booth.desk(lambda desk: desk["crossfader"] == 0.5)


class KeptObjects:
    def __init__(self) -> None:
        self.keys: list[str] = []

    async def pieces(self, key: str) -> AsyncIterator[bytes]:
        raise AssertionError(f"nobody reads {key}")
        yield b""

    async def put_file(self, key: str, path: Path) -> None:
        self.keys.append(key)


async def test_a_recording_that_cannot_be_put_away_holds_no_other_up(tmp_path: Path) -> None:
    for name in ("a", "b"):
        notes = Notes(stream_id="s", lead="u", lead_name="U", started_at=1.0, tracks=[], frames=48_000)
        (tmp_path / f"{name}.flac").write_bytes(b"fLaC")
        notes.write(tmp_path / f"{name}.flac")
    (tmp_path / "a.cue").mkdir()
    objects = KeptObjects()
    running = asyncio.create_task(Recordings(objects, Outbox(tmp_path / "events"), tmp_path).run())
    await eventually(lambda: objects.keys == ["recordings/u/s/b.flac", "recordings/u/s/b.cue"])
    await eventually(lambda: not list(tmp_path.glob("b.*")))
    assert not running.done()
    assert (tmp_path / "a.flac").exists()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
