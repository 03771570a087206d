"""Members at the desk, over real Valkey and the real engine: what is obeyed, what is refused, and what is told."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from tests.mixer.worker.rig import LEAD, OTHER, add_track, mixer_worker
from tests.support.waiting import eventually

BOTH = [{"user_id": LEAD, "name": "Lead"}, {"user_id": OTHER, "name": "Other"}]


def fader(position: float, deck: int = 0) -> dict[str, object]:
    return {"command": "SetFader", "deck": deck, "position": position}


async def test_commands_move_the_desk_and_are_acknowledged(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        (seq,) = await booth.command(fader(0.25))
        desk = await booth.desk(lambda desk: desk["acks"].get("laptop") == seq)
        assert desk["streamId"] == booth.stream_id
        assert desk["devices"] == [{"device": "laptop", "userId": LEAD, "name": "Lead"}]
        await booth.desk(lambda desk: desk["decks"][0]["fader"] == 0.25)

        # A gap is not acknowledged until it is filled; what came after it was obeyed, and older values stay overtaken.
        await booth.command(fader(0.75), seqs=[3])
        desk = await booth.desk(lambda desk: desk["decks"][0]["fader"] == 0.75)
        assert desk["acks"]["laptop"] == 1
        await booth.command(fader(0.5), seqs=[2])
        desk = await booth.desk(lambda desk: desk["acks"]["laptop"] == 3)
        assert desk["decks"][0]["fader"] == 0.75

        # A toggle that is sent again is obeyed once.
        await booth.command({"command": "SetSlip", "deck": 0, "on": True}, seqs=[4])
        await booth.command({"command": "SetSlip", "deck": 0, "on": False}, seqs=[5])
        await booth.command({"command": "SetSlip", "deck": 0, "on": True}, seqs=[4])
        await booth.command(fader(0.1), seqs=[6])
        desk = await booth.desk(lambda desk: desk["acks"]["laptop"] == 6 and desk["decks"][0]["fader"] == 0.1)
        assert desk["decks"][0]["slip"] is False

        before = time.time()
        await booth.hello(ping={"sent": 12.5})
        pong = await booth.word(lambda word: word["kind"] == "pong" and word["ping"] == {"sent": 12.5})
        assert pong["device"] == "laptop"
        assert before - 1 <= pong["at"] <= time.time() + 1

        moments = [word for word in booth.words if word["kind"] == "moment"]
        assert moments, "somebody is here"
        assert moments[-1]["frame"] > moments[0]["frame"]
        assert len(moments[-1]["decks"]) == 2


async def test_a_desk_acknowledges_only_what_it_shows(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        for seq in range(1, 301):
            await booth.command(fader(seq / 1000), seqs=[seq])
            await asyncio.sleep(0.003)
        await booth.desk(lambda desk: desk["acks"].get("laptop") == 300)
        desks = [word for word in booth.words if word["kind"] == "desk" and word["acks"].get("laptop")]
        assert len(desks) > 10
        # It may show more already: a device puts what it is not told of on top again, which changes nothing then.
        assert [desk["acks"] for desk in desks if desk["decks"][0]["fader"] < desk["acks"]["laptop"] / 1000] == []


async def test_what_a_member_may_not_is_refused_with_its_number(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()

        async def refusal(code: str) -> dict[str, object]:
            return await booth.word(lambda word: word["kind"] == "refused" and word["code"] == code)

        await booth.command({"command": "Load", "deck": 0, "track": "a" * 64})
        assert (await refusal("FORBIDDEN_COMMAND"))["seq"] == 1
        await booth.command({"command": "ExtendTrack", "deck": 0, "frames": 1, "length": 1})
        await eventually(lambda: sum(word.get("code") == "FORBIDDEN_COMMAND" for word in booth.words) == 2)
        await booth.command({"command": "SetFader", "deck": 0, "position": "loud"})
        assert (await refusal("INVALID_COMMAND"))["seq"] == 3
        # This one only the engine can judge.
        await booth.command({"command": "BeatJump", "deck": 0, "beats": 4.0})
        await eventually(lambda: sum(word.get("code") == "INVALID_COMMAND" for word in booth.words) == 2)
        # What is refused has come: it is not sent again.
        await booth.desk(lambda desk: desk["acks"].get("laptop") == 4)

        await booth.command(fader(0.0), user="a-stranger", device="theirs")
        assert (await refusal("NOT_A_MEMBER"))["device"] == "theirs"
        await booth.command(fader(0.0), user=LEAD, device="laptop", seqs=[5])
        await booth.desk(lambda desk: desk["acks"]["laptop"] == 5)
        assert [device["device"] for device in (await booth.desk())["devices"]] == ["laptop"]

        for nonsense in ("", "{", "[]", '{"user": 1}', "x" * 70_000, '{"user":"u","device":"d","via":"tin can"}'):
            await booth.say(nonsense)
        await booth.command(fader(1.0), seqs=[6])
        await booth.desk(lambda desk: desk["decks"][0]["fader"] == 1.0)


async def test_handing_over_changes_nothing_and_who_is_removed_is_refused_at_once(
    valkey_url: str, tmp_path: Path
) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth(members=BOTH)
        await booth.loaded(0, add_track(tmp_path, "a", 500.0))
        await booth.command({"command": "Play", "deck": 0, "playing": True})
        await booth.hello(user=OTHER, device="phone")
        await booth.desk(lambda desk: desk["decks"][0]["playing"] and len(desk["devices"]) == 2)
        await booth.want(lead=OTHER)
        await booth.want(members=[BOTH[1]])
        desk = await booth.desk(lambda desk: [device["device"] for device in desk["devices"]] == ["phone"])
        assert desk["decks"][0]["playing"]
        await booth.command(fader(0.0))
        refused = await booth.word(lambda word: word["kind"] == "refused")
        assert (refused["code"], refused["device"]) == ("NOT_A_MEMBER", "laptop")
        answer = await booth.load(1, None, user=LEAD)
        assert answer["code"] == "NOT_A_MEMBER"
        await booth.command(fader(0.5), user=OTHER, device="phone")
        desk = await booth.desk(lambda desk: desk["decks"][0]["fader"] == 0.5)
        assert desk["decks"][0]["playing"]


async def test_a_device_that_floods_is_held_off_and_another_is_not(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth(members=BOTH)
        commands = [[seq, fader(0.3)] for seq in range(1, 65)]
        flood = json.dumps({"user": LEAD, "device": "laptop", "via": "socket", "commands": commands})
        async with mixer.valkey.pipeline(transaction=False) as pipe:
            for _ in range(400):
                pipe.publish(f"mix:in:{booth.stream_id}", flood)
            await pipe.execute()
        refused = await booth.word(lambda word: word["kind"] == "refused")
        assert refused["code"] == "RATE_LIMITED"
        await booth.command(fader(0.9), user=OTHER, device="phone")
        await booth.desk(lambda desk: desk["decks"][0]["fader"] == 0.9)


async def test_a_mix_that_is_not_wanted_any_more_ends_and_its_name_may_come_again(
    valkey_url: str, tmp_path: Path
) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        assert (await mixer.mix(booth))["on_air"] is False
        await booth.command(fader(0.2))
        await booth.desk(lambda desk: desk["decks"][0]["fader"] == 0.2)
        await booth.unwant()

        async def is_gone() -> bool:
            return not await mixer.mix(booth)

        await eventually(is_gone)
        booth.words.clear()
        await booth.want()
        assert (await booth.desk())["decks"][0]["fader"] == 1.0, "it is a new mix"
        snapshot = await mixer.snapshot()
        assert snapshot["mixer_id"] == "mixer-1"
        assert snapshot["may_admit"] is True
        assert set(snapshot["ticks"]) == {"missed", "skipped", "late_p99_s", "busy_p99_s"}


async def test_a_spec_that_cannot_be_read_leaves_the_mix_as_it_is(valkey_url: str, tmp_path: Path) -> None:
    async with mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth()
        await mixer.valkey.hset("mixer:mixes:mixer-1", booth.stream_id, '{"stream_id": 7}')
        await mixer.valkey.publish("mixer:poke:mixer-1", "")
        await booth.command(fader(0.6))
        await booth.desk(lambda desk: desk["decks"][0]["fader"] == 0.6)
        await booth.want(members=BOTH)
        await booth.command(fader(0.7), user=OTHER, device="phone")
        await booth.desk(lambda desk: desk["decks"][0]["fader"] == 0.7)
