"""What may be lost while a show goes on: Valkey, the engine, the media worker's room, the worker itself."""

from __future__ import annotations

import json
import os
import signal
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from deploy.standalone.plan import answers
from tests.mixer.worker.rig import (
    BoothOfTest,
    MixerOfTest,
    add_track,
    decoded,
    loudest_hz,
    mixer_client,
    mixer_worker,
    objects_url,
)
from tests.support.live_peers import Viewer
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.offers import OfferedMedia
from tests.support.ports import free_port
from tests.support.processes import Program, running
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually


async def on_air(mixer: MixerOfTest, media: MediaWorker, folder: Path) -> tuple[BoothOfTest, Viewer]:
    """A show of one tone, and a viewer of it."""
    booth = await mixer.booth(media, on_air=True)
    await mixer.connected(booth)
    await booth.loaded(0, add_track(folder, "a", 1000.0, seconds=120.0, hiss=0.1))
    await booth.command({"command": "Play", "deck": 0, "playing": True})
    await booth.desk(lambda desk: desk["decks"][0]["playing"])
    await media.until_room(booth.stream_id, "live")
    return booth, await media.watch(booth.stream_id, media=OfferedMedia("recvonly", video=()))


def assert_unbroken(viewer: Viewer) -> None:
    """Every packet of 20 ms came, in one unbroken count of samples, and holds the tone."""
    packets = sorted(viewer.audio, key=lambda packet: packet.sequence_number)
    assert np.all(np.diff([packet.sequence_number for packet in packets]) == 1)
    assert np.all(np.diff([packet.timestamp for packet in packets]) == 960)
    heard = decoded(packets)[4800:-4800]
    assert loudest_hz(heard) == pytest.approx(1000.0, abs=5.0)
    levels = np.abs(heard[: len(heard) // 480 * 480]).reshape(-1, 480, 2).max(axis=(1, 2))
    assert levels.min() > 0.5 * levels.max(), "the tone never stops"


async def test_valkey_away_for_seconds_is_not_heard_and_the_mix_outlives_its_empty_return(
    own_valkey: OwnValkey, tmp_path: Path
) -> None:
    async with media_worker(own_valkey.url) as media, mixer_worker(own_valkey.url, tmp_path) as mixer:
        booth, viewer = await on_air(mixer, media, tmp_path)
        own_valkey.kill()
        viewer.audio.clear()
        await eventually(lambda: len(viewer.audio) >= 250, timeout_s=20)
        own_valkey.start()
        await eventually(lambda: len(viewer.audio) >= 350, timeout_s=20)
        assert_unbroken(viewer)
        booth.words.clear()
        # Nobody has written the spec again yet: the mix that plays is not ended for that.
        await booth.answered(timeout_s=20)
        desk = await booth.desk()
        assert desk["decks"][0]["playing"]
        await booth.want(on_air=True)
        await booth.command({"command": "SetFader", "deck": 1, "position": 0.5}, seqs=[100])
        await booth.desk(lambda desk: desk["decks"][1]["fader"] == 0.5)


def engines_here() -> list[psutil.Process]:
    """The engine processes that belong to this one: other tests may have some too."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "mixer.host" in " ".join(child.cmdline())]


async def test_an_engine_that_is_killed_is_replaced_at_the_same_place_in_the_music(
    valkey_url: str, tmp_path: Path
) -> None:
    others = engines_here()
    async with media_worker(valkey_url) as media, mixer_worker(valkey_url, tmp_path) as mixer:
        booth, viewer = await on_air(mixer, media, tmp_path)
        await booth.command({"command": "SetFader", "deck": 1, "position": 0.25})
        await booth.desk(lambda desk: desk["decks"][1]["fader"] == 0.25)
        engines = [engine for engine in engines_here() if engine not in others]
        assert len(engines) == 2, "one keeps the clock, one waits"
        before = await booth.word(lambda word: word["kind"] == "moment")
        os.kill(min(engines, key=lambda child: child.create_time()).pid, signal.SIGKILL)
        viewer.audio.clear()
        await eventually(lambda: len(viewer.audio) >= 100, timeout_s=20)
        after = await booth.word(lambda word: word["kind"] == "moment" and word["frame"] > before["frame"] + 2 * 48_000)
        played = after["decks"][0][0] - before["decks"][0][0]
        assert played == pytest.approx(after["frame"] - before["frame"], abs=2.0), "not a beat is lost"
        assert (await booth.desk())["decks"][1]["fader"] == 0.25
        viewer.audio.clear()
        await eventually(lambda: len(viewer.audio) >= 50)
        assert loudest_hz(decoded(viewer.audio)) == pytest.approx(1000.0, abs=5.0)


def program_environment(valkey_url: str, folder: Path, port: int) -> dict[str, str]:
    return {
        "REDIS_URL": valkey_url,
        "DATA_DIR": str(folder),
        "OBJECTS_URL": objects_url(folder),
        "MIXER_ID": "mixer-1",
        "MIXER_PORT": str(port),
        "MIXER_CAPACITY": "2",
        "MIXER_TRACKS_MAX_BYTES": str(2**30),
    }


async def is_up(program: Program, port: int) -> None:
    await eventually(partial(answers, f"http://127.0.0.1:{port}/health"), timeout_s=60)
    assert program.process.poll() is None, program.output


async def test_a_worker_that_is_killed_goes_on_with_its_mixes_when_it_is_started_again(
    valkey_url: str, tmp_path: Path
) -> None:
    port = free_port()
    environment = program_environment(valkey_url, tmp_path, port)
    async with media_worker(valkey_url) as media, mixer_client(valkey_url) as mixer:
        with running("deploy.processes.mixer", environment, tmp_path / "log") as first:
            await is_up(first, port)
            booth, viewer = await on_air(mixer, media, tmp_path)
            await booth.command(
                {"command": "SetFader", "deck": 1, "position": 0.25},
                {"command": "SetRecording", "on": True},
                {"command": "SetAutoDj", "on": True},
            )
            await booth.desk(lambda desk: desk["recording"] and desk["autoDj"]["on"])
            recordings = tmp_path / "mixer" / "mixer-1" / "recordings"
            # What it kept on disk is a second old at most, and FLAC is written in pieces of 256 KiB.
            before = await booth.word(lambda word: word["kind"] == "moment")
            await booth.word(lambda word: word["kind"] == "moment" and word["frame"] > before["frame"] + 3 * 48_000)
            await eventually(lambda: any(path.stat().st_size for path in recordings.glob("*.flac")))
            before = await booth.word(lambda word: word["kind"] == "moment")
            first.end(signal.SIGKILL)
        booth.words.clear()
        with running("deploy.processes.mixer", environment, tmp_path / "log-2") as second:
            await is_up(second, port)
            await booth.answered()
            after = await booth.word(lambda word: word["kind"] == "moment")
            ahead_s = (after["decks"][0][0] - before["decks"][0][0]) / 48_000
            assert ahead_s == pytest.approx(after["at"] - before["at"], abs=0.1), "it plays where it would have been"
            desk = await booth.desk()
            assert desk["decks"][0]["track"]["title"] == "Tone of 1000 Hz"
            assert desk["decks"][1]["fader"] == 0.25
            assert desk["autoDj"] == {"on": True, "reason": "asked", "nextEntryId": None}
            await mixer.connected(booth)
            viewer.audio.clear()
            await eventually(lambda: len(viewer.audio) >= 50, timeout_s=20)
            assert loudest_hz(decoded(viewer.audio)) == pytest.approx(1000.0, abs=5.0), "the same viewer goes on"

            async def is_uploaded() -> bool:
                return bool(await mixer.events("recorded"))

            await eventually(is_uploaded)
            (event,) = await mixer.events("recorded")
            assert event["duration_s"] > 0.5
            assert (tmp_path / "objects" / event["object_key"]).stat().st_size == event["bytes"]
            assert second.end() == 0, second.output


async def test_a_play_while_valkey_is_away_outlives_the_worker_that_saw_it(
    own_valkey: OwnValkey, tmp_path: Path
) -> None:
    port = free_port()
    environment = program_environment(own_valkey.url, tmp_path, port)
    waiting = tmp_path / "mixer" / "mixer-1" / "events.jsonl"
    async with mixer_client(own_valkey.url) as mixer:
        with running("deploy.processes.mixer", environment, tmp_path / "log") as first:
            await is_up(first, port)
            booth = await mixer.booth()
            await booth.loaded(0, add_track(tmp_path, "a", 300.0, seconds=60.0))
            await booth.command({"command": "Play", "deck": 0, "playing": True})
            await booth.desk(lambda desk: desk["decks"][0]["playing"])
            own_valkey.kill()
            await eventually(lambda: waiting.exists() and "played" in waiting.read_text(), timeout_s=60)
            first.end(signal.SIGKILL)
        own_valkey.start()
        with running("deploy.processes.mixer", environment, tmp_path / "log-2") as second:
            await is_up(second, port)

            async def is_written() -> bool:
                return bool(await mixer.events("played"))

            await eventually(is_written, timeout_s=20)
            (event,) = await mixer.events("played")
            assert event["track_id"] == "a"
            await eventually(lambda: not waiting.exists())
            assert second.end() == 0, second.output


async def test_what_is_left_on_disk_of_a_mix_that_nobody_wants_any_more_is_removed(
    valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "mixer" / "mixer-1"
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        await booth.loaded(0, add_track(tmp_path, "a", 300.0))
        await eventually(lambda: any((own / "sessions").iterdir()) and any((own / "mixes").iterdir()))
    assert list((own / "mixes").iterdir()), "a worker that ends leaves its mixes to the next"
    async with mixer_client(valkey_url) as mixer:
        await mixer.valkey.delete("mixer:mixes:mixer-1")
    monkeypatch.setattr("mixer.worker.mixes.LEFTOVERS_AFTER_S", 0.0)
    async with mixer_worker(valkey_url, tmp_path):
        await eventually(lambda: not any((own / "sessions").iterdir()) and not any((own / "mixes").iterdir()))


async def test_a_mix_whose_spec_makes_no_sense_is_said_to_be_so_until_it_does(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        running, broken = await mixer.booth(), BoothOfTest(mixer.valkey, mixer.mixer_id, None)
        for booth in (running, broken):
            spec = booth.spec | {"deck_count": 3, "revision": 7}
            await mixer.valkey.hset(f"mixer:mixes:{mixer.mixer_id}", booth.stream_id, json.dumps(spec))
        await mixer.valkey.publish(f"mixer:poke:{mixer.mixer_id}", "")

        async def are_said() -> bool:
            problems = [(await mixer.mix(booth)).get("problem") for booth in (running, broken)]
            return all("deck_count" in str(problem) for problem in problems)

        await eventually(are_said)
        assert not (await mixer.mix(broken))["begun"]
        goes_on = await mixer.mix(running)
        assert (goes_on["begun"], goes_on["revision"]) == (True, running.spec["revision"])
        spec = broken.spec | {"revision": 8}
        await mixer.valkey.hset(f"mixer:mixes:{mixer.mixer_id}", broken.stream_id, json.dumps(spec))

        async def has_begun() -> bool:
            mix = await mixer.mix(broken)
            return bool(mix["begun"]) and mix["revision"] == 8

        await eventually(has_begun)
