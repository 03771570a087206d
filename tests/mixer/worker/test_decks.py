"""Tracks on decks: loaded from the objects, refused for what is wrong with them, and what is told of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mixer.tracks.store import content_id
from tests.mixer.worker.rig import BoothOfTest, add_track, mixer_worker
from tests.support.waiting import eventually


async def problem(booth: BoothOfTest, deck: int = 0) -> dict[str, Any]:
    desk = await booth.desk(lambda desk: desk["decks"][deck]["problem"] is not None)
    assert desk["decks"][deck]["loading"] is False
    assert desk["decks"][deck]["track"] is None
    return dict(desk["decks"][deck]["problem"])


async def test_a_deck_says_what_is_on_it(valkey_url: str, tmp_path: Path) -> None:
    cues = [1000.4, None, 96_000.0, None, None, None, None, None]
    track = add_track(tmp_path, "a", 300.0, bpm=124.5, grid_frame=480.0, trim_db=-3.5, hot_cues=cues, cue_frame=2400.0)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        # A quantised deck puts new cues on its beats; those that are kept stay where they are.
        await booth.command({"command": "SetQuantize", "deck": 1, "on": True})
        await booth.desk(lambda desk: desk["decks"][1]["quantize"])
        await booth.loaded(1, track)
        desk = await booth.desk(lambda desk: desk["decks"][1]["hotCues"][2] is not None)
        deck = desk["decks"][1]
        assert deck["track"] == {
            "id": "a",
            "title": "Tone of 300 Hz",
            "artist": "Nobody",
            "bpm": 124.5,
            "key": "A minor",
            "camelot": "8A",
            "durationS": 30.0,
            "gridFrame": 480.0,
        }
        assert deck["hotCues"] == [1000.0, None, 96_000.0, None, None, None, None, None]
        assert deck["cueFrame"] == 2400.0
        assert deck["trimDb"] == pytest.approx(-3.5, abs=1e-4)
        assert deck["lengthFrames"] == 30 * 48_000
        assert (deck["loading"], deck["problem"], deck["quantize"]) == (False, None, True)
        assert desk["decks"][0]["track"] is None

        # A grid that its DJ moves at the desk is the deck's at once.
        await booth.command({"command": "SetBeatGrid", "deck": 1, "bpm": 100.0, "grid_frame": 0.0})
        await booth.desk(lambda desk: desk["decks"][1]["track"]["bpm"] == 100.0)

        # What control_api learns of a track comes to its deck.
        known = track | {"title": "Renamed", "bpm": 99.0, "hot_cues": [None] * 7 + [48_000.0]}
        await booth.say({"request": "r1", "reload": known})
        answer = await booth.word(lambda word: word["kind"] == "answer" and word["request"] == "r1")
        assert answer["code"] is None
        desk = await booth.desk(lambda desk: desk["decks"][1]["hotCues"] == [None] * 7 + [48_000.0])
        assert desk["decks"][1]["track"]["title"] == "Renamed"
        assert desk["decks"][1]["track"]["bpm"] == 99.0

        assert (await booth.load(1, None))["code"] is None
        await booth.desk(lambda desk: desk["decks"][1]["track"] is None)
        assert await mixer.events("hot_cues") == [], "nobody at the desk has changed a cue"


async def test_hot_cues_that_are_changed_are_told_once_they_are_left_alone(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        await booth.loaded(0, add_track(tmp_path, "a", 300.0))
        for frame in (1000.0, 2000.0, 3000.0):
            await booth.command({"command": "SetHotCue", "deck": 0, "number": 3, "frame": frame})

        async def is_told() -> bool:
            return bool(await mixer.events("hot_cues"))

        await eventually(is_told)
        (event,) = await mixer.events("hot_cues")
        assert event["track_id"] == "a"
        assert event["hot_cues"] == [None, None, None, 3000.0, None, None, None, None]


async def test_what_is_wrong_with_a_track_is_said_at_its_deck(valkey_url: str, tmp_path: Path) -> None:
    good = add_track(tmp_path, "good", 300.0)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        assert (await booth.load(0, good | {"object_key": "tracks/none.wav", "content_id": "0" * 64}))["code"] is None
        assert (await problem(booth))["code"] == "TRACK_GONE"

        await booth.load(0, good | {"content_id": "1" * 64})
        await booth.desk(lambda desk: (desk["decks"][0]["problem"] or {}).get("code") == "TRACK_CHANGED")

        text = tmp_path / "objects" / "tracks" / "text.wav"
        text.write_bytes(b"no sound at all " * 200)
        await booth.load(0, good | {"object_key": "tracks/text.wav", "content_id": content_id(text)})
        await booth.desk(lambda desk: (desk["decks"][0]["problem"] or {}).get("code") == "NOT_AUDIO")
        assert not list((tmp_path / "mixer" / "mixer-1" / "originals").iterdir()), "nothing of it is left"

        await booth.loaded(0, good)
        assert (await booth.desk())["decks"][0]["problem"] is None
        assert (await booth.load(3, good))["code"] == "NO_SUCH_DECK"
        assert (await booth.load(0, good, user="stranger"))["code"] == "NOT_A_MEMBER"


async def test_the_later_of_two_loads_wins(valkey_url: str, tmp_path: Path) -> None:
    slow, quick = add_track(tmp_path, "slow", 300.0, seconds=60.0), add_track(tmp_path, "quick", 400.0, seconds=2.0)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        await booth.load(0, slow)
        await booth.loaded(0, quick)
        await booth.loaded(1, slow)
        assert (await booth.desk())["decks"][0]["track"]["id"] == "quick"


async def test_a_track_plays_while_the_rest_of_it_is_decoded(valkey_url: str, tmp_path: Path) -> None:
    long = add_track(tmp_path, "long", 300.0, seconds=300.0)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        await booth.loaded(0, long)
        await booth.command({"command": "Play", "deck": 0, "playing": True})
        await booth.desk(lambda desk: desk["decks"][0]["playing"])
        await booth.desk(lambda desk: desk["decks"][0]["lengthFrames"] == 300 * 48_000, timeout_s=60.0)
        await booth.command({"command": "Seek", "deck": 0, "frame": 290.0 * 48_000})
        await booth.word(
            lambda word: word["kind"] == "moment" and word["decks"][0][0] > 290 * 48_000 and word["decks"][0][3] > -20
        )


async def test_a_track_that_was_heard_long_enough_was_played_once(
    valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixer.worker.played.HEARD_FOR_S", 0.5)
    heard, unheard = add_track(tmp_path, "heard", 300.0), add_track(tmp_path, "unheard", 400.0)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        await booth.loaded(0, heard)
        await booth.loaded(1, unheard)
        await booth.command(
            {"command": "MoveCrossfader", "position": -1.0},
            {"command": "Play", "deck": 0, "playing": True},
            {"command": "Play", "deck": 1, "playing": True},
        )

        async def is_played() -> bool:
            return bool(await mixer.events("played"))

        await eventually(is_played)
        await booth.word(lambda word: word["kind"] == "moment" and word["decks"][1][0] > 1.5 * 48_000)
        (event,) = await mixer.events("played")
        assert {name: event[name] for name in ("stream_id", "track_id", "entry_id", "on_air", "auto")} == {
            "stream_id": booth.stream_id,
            "track_id": "heard",
            "entry_id": None,
            "on_air": False,
            "auto": False,
        }
        assert event["id"]


async def test_a_full_mixer_says_so_and_begins_when_there_is_room(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path, mixer_capacity=1) as mixer:
        first = await mixer.booth()
        assert (await mixer.snapshot())["may_admit"] is False
        second = BoothOfTest(mixer.valkey, "mixer-1", None)
        await mixer.valkey.hset("mixer:mixes:mixer-1", second.stream_id, json.dumps(second.spec))

        async def is_told() -> bool:
            return "1 sessions" in ((await mixer.mix(second)).get("problem") or "")

        await eventually(is_told)
        await first.unwant()

        async def has_begun() -> bool:
            return "1 sessions" not in ((await mixer.mix(second)).get("problem") or "1 sessions")

        await eventually(has_begun)


async def test_a_mix_loads_so_much_at_a_time_and_no_more(
    valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = add_track(tmp_path, "a", 440.0, seconds=4.0)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        monkeypatch.setattr("mixer.worker.mix.MAX_LOADS", 0)
        assert (await booth.load(0, track))["code"] == "MIXER_BUSY"
        monkeypatch.undo()
        await booth.loaded(0, track)
