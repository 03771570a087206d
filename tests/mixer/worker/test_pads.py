"""Sounds on the pads of the sampler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.mixer.worker.rig import LEAD, BoothOfTest, add_track, mixer_worker


async def put(booth: BoothOfTest, pad: int, track: dict[str, Any] | None) -> dict[str, Any]:
    await booth.say({"request": f"pad{pad}-{track is None}", "user": LEAD, "load": {"pad": pad, "track": track}})
    return await booth.word(lambda word: word["kind"] == "answer" and word["request"] == f"pad{pad}-{track is None}")


async def test_a_pad_says_what_is_on_it_and_plays_it(valkey_url: str, tmp_path: Path) -> None:
    sound = add_track(tmp_path, "shot", 300.0)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        assert (await put(booth, 2, sound))["code"] is None
        desk = await booth.desk(lambda desk: desk["pads"][2]["track"] is not None)
        assert desk["pads"][2]["track"] == {"id": "shot", "title": "Tone of 300 Hz"}
        assert [pad["track"] for pad in desk["pads"]].count(None) == 7
        await booth.command({"command": "PlaySample", "pad": 2})
        await booth.desk(lambda desk: desk["pads"][2]["playing"])
        await booth.command({"command": "SetSample", "pad": 2, "db": -6.0, "loop": True})
        await booth.command({"command": "SetSampler", "db": -3.0})
        await booth.desk(lambda desk: desk["pads"][2]["db"] == -6.0 and desk["pads"][2]["loop"])
        assert (await put(booth, 2, None))["code"] is None
        desk = await booth.desk(lambda desk: desk["pads"][2]["track"] is None)
        assert not desk["pads"][2]["playing"]


async def test_what_is_too_long_for_a_pad_or_gone_is_said(valkey_url: str, tmp_path: Path) -> None:
    sound = add_track(tmp_path, "shot", 300.0)
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        assert (await put(booth, 0, sound | {"duration_s": 61.0}))["code"] == "TOO_LONG_FOR_A_PAD"
        assert (await put(booth, 1, sound | {"object_key": "nowhere"}))["code"] is None
        desk = await booth.desk(lambda desk: desk["pads"][1]["problem"] is not None)
        assert desk["pads"][1]["problem"]["code"] == "TRACK_GONE"
        assert not desk["pads"][1]["loading"]


async def test_members_do_not_load_pads_by_themselves(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        await booth.command({"command": "LoadSample", "pad": 0, "track": "a" * 64})
        refusal = await booth.word(lambda word: word["kind"] == "refused")
        assert refusal["code"] == "FORBIDDEN_COMMAND"
