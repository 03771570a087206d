"""A show whose DJ is gone goes on; and what is recorded of it."""

from __future__ import annotations

import time
from pathlib import Path

import av
import numpy as np
import pytest

from tests.mixer.worker.rig import LEAD, add_track, loudest_hz, mixer_worker
from tests.support.waiting import eventually


def entry(number: int, track: dict[str, object]) -> dict[str, object]:
    return {"entry_id": f"entry-{number}", "track": track}


@pytest.fixture
def soon_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device is away after a second, so that a test need not wait for ten."""
    monkeypatch.setattr("mixer.worker.presence.AWAY_AFTER_S", 1.0)
    monkeypatch.setattr("mixer.worker.auto_pilot.NOBODY_FOR_S", 1.0)


async def test_with_nobody_there_on_air_the_queue_plays_until_somebody_commands(
    valkey_url: str, tmp_path: Path, soon_away: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixer.worker.played.HEARD_FOR_S", 0.5)
    first = add_track(tmp_path, "first", 300.0, seconds=8.0, bpm=None)
    second = add_track(tmp_path, "second", 400.0, seconds=8.0, bpm=None)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth(queue=[entry(1, first), entry(2, second)])
        desk = await booth.desk(lambda desk: not desk["devices"])
        assert desk["autoDj"] == {"on": False, "reason": None, "nextEntryId": None}, "off air nobody is waited for"
        await booth.want(on_air=True)
        desk = await booth.desk(lambda desk: desk["autoDj"]["on"])
        assert desk["autoDj"]["reason"] == "nobody_here"
        await booth.desk(lambda desk: any(deck["playing"] for deck in desk["decks"]))

        async def both_are_played() -> bool:
            return len(await mixer.events("played")) >= 2

        await eventually(both_are_played, timeout_s=30)
        events = await mixer.events("played")
        assert [(event["entry_id"], event["auto"], event["on_air"]) for event in events[:2]] == [
            ("entry-1", True, True),
            ("entry-2", True, True),
        ]
        # Who only looks in finds the running state; the first command ends it, and the music goes on.
        await booth.answered()
        assert (await booth.desk(lambda desk: desk["devices"]))["autoDj"]["on"]
        await booth.command({"command": "SetListen", "deck": 0, "on": True})
        desk = await booth.desk(lambda desk: desk["acks"].get("laptop"))
        desk = await booth.desk(lambda desk: not desk["autoDj"]["on"])
        assert any(deck["playing"] for deck in desk["decks"])


async def test_auto_dj_that_was_asked_for_stays_until_it_is_asked_to_go(valkey_url: str, tmp_path: Path) -> None:
    track = add_track(tmp_path, "first", 300.0, seconds=8.0)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth(queue=[entry(1, track)])
        await booth.command({"command": "SetAutoDj", "on": True})
        desk = await booth.desk(lambda desk: desk["autoDj"]["on"])
        assert desk["autoDj"]["reason"] == "asked"
        await booth.desk(lambda desk: any(deck["playing"] for deck in desk["decks"]))
        await booth.command({"command": "SetListen", "deck": 0, "on": True})
        desk = await booth.desk(lambda desk: desk["decks"][0]["listen"])
        assert desk["autoDj"]["on"]
        await booth.command({"command": "SetAutoDj", "on": False})
        await booth.desk(lambda desk: not desk["autoDj"]["on"])
        await booth.command({"command": "SetAutoDj", "on": "yes"})
        refused = await booth.word(lambda word: word["kind"] == "refused")
        assert refused["code"] == "INVALID_COMMAND"


async def test_a_recording_is_put_among_the_objects_with_its_cue_sheet(
    valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixer.worker.played.HEARD_FOR_S", 0.5)
    track = add_track(tmp_path, "a", 700.0, title='A "quoted" tone')
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        await booth.loaded(0, track)
        before = time.time()
        await booth.command({"command": "Play", "deck": 0, "playing": True}, {"command": "SetRecording", "on": True})
        desk = await booth.desk(lambda desk: desk["recordingSince"] is not None)
        assert desk["recording"]
        assert before < desk["recordingSince"] <= time.time()

        async def is_played() -> bool:
            return bool(await mixer.events("played"))

        await eventually(is_played)
        await booth.command({"command": "SetRecording", "on": False})

        async def is_recorded() -> bool:
            return bool(await mixer.events("recorded"))

        await eventually(is_recorded)
        (event,) = await mixer.events("recorded")
        assert event["object_key"].startswith(f"recordings/{LEAD}/{booth.stream_id}/")
        path = tmp_path / "objects" / event["object_key"]
        assert path.stat().st_size == event["bytes"]
        with av.open(str(path)) as container:
            frames = [np.asarray(frame.to_ndarray()) for frame in container.decode(audio=0)]
        samples = np.concatenate([frame.reshape(-1, 2) for frame in frames]).astype(np.float32) / 32768.0
        assert len(samples) / 48_000 == pytest.approx(event["duration_s"])
        assert loudest_hz(samples[4800:]) == pytest.approx(700.0, abs=5.0)
        sheet = (tmp_path / "objects" / event["cue_sheet_key"]).read_text()
        assert "TITLE \"A 'quoted' tone\"" in sheet
        assert "INDEX 01 00:00:00" in sheet
        left = tmp_path / "mixer" / "mixer-1" / "recordings"
        # The event comes first: who dies between the two tells of it again.
        await eventually(lambda: not list(left.iterdir()))
