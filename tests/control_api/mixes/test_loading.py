"""Claims about putting tracks on decks."""

import asyncio
import json
from collections import Counter

import pytest

from control_api.mixes.line import PER_MIX
from mixer.worker.inbox import LoadRequest, ReloadRequest, read_incoming
from tests.control_api.mixes.conftest import invite, open_booth, ready_track
from tests.control_api.support.api import Account, Api, Reply
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn, running_mixer
from tests.support.waiting import eventually


async def load(api: Api, mix_id: str, by: Account, track_id: object = None, deck: int = 0) -> Reply:
    body = {"deck": deck, "trackId": str(track_id) if track_id else None}
    return await api.post(f"/dj/mix/{mix_id}/load", body, by=by)


async def test_the_mixer_is_handed_the_members_own_track(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    track_id = await ready_track(api, bert)
    assert (await load(api, mix_id, bert, track_id, deck=1)).status == 200
    (heard,) = mixer.heard
    assert isinstance(read_incoming(json.dumps(heard)), LoadRequest)
    assert (heard["user"], heard["load"]["deck"]) == (str(bert.user_id), 1)
    track = heard["load"]["track"]
    assert (track["track_id"], track["content_id"]) == (str(track_id), "a" * 64)
    assert (track["object_key"], track["suffix"]) == (f"tracks/{track_id}", ".wav")
    assert (track["title"], track["bpm"], track["grid_frame"]) == ("Two swords", 125.0, 4800.0)
    assert (await load(api, mix_id, bert, deck=1)).status == 200
    assert mixer.heard[-1]["load"] == {"deck": 1, "track": None}


@pytest.mark.parametrize("status", ["processing", "held", "rejected"])
async def test_what_is_not_ready_is_not_played(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn, status: str
) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    reply = await load(api, mix_id, anna, await ready_track(api, anna, status=status))
    assert (reply.status, reply.code) == (409, "TRACK_NOT_READY")
    assert mixer.heard == []


async def test_the_tracks_of_others_are_not_there_of_fellow_members_neither(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    reply = await load(api, mix_id, anna, await ready_track(api, bert))
    assert (reply.status, reply.code) == (404, "TRACK_NOT_FOUND")
    assert mixer.heard == []


async def test_a_mixer_that_is_silent_does_not_hold_ever_more_requests(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    mixer.is_silent = True
    replies = await asyncio.gather(*(load(api, mix_id, anna) for _ in range(PER_MIX + 4)))
    codes = Counter(reply.code for reply in replies)
    assert set(codes) == {"MIXER_SILENT", "LOAD_REFUSED"}
    assert codes["MIXER_SILENT"] <= PER_MIX
    mixer.is_silent = False
    assert (await load(api, mix_id, anna)).status == 200


async def test_a_mix_has_the_decks_it_was_opened_with(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    assert (await load(api, mix_id, anna, deck=2)).code == "NO_SUCH_DECK"
    for deck in (-1, 4):
        assert (await load(api, mix_id, anna, deck=deck)).code == "VALIDATION_ERROR"


async def test_a_track_goes_to_a_pad_of_the_sampler(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    track_id = await ready_track(api, anna)
    reply = await api.post(f"/dj/mix/{mix_id}/load", {"pad": 7, "trackId": str(track_id)}, by=anna)
    assert reply.status == 200
    assert mixer.heard[-1]["load"]["pad"] == 7
    assert "deck" not in mixer.heard[-1]["load"]


@pytest.mark.parametrize("place", [{}, {"deck": 0, "pad": 0}, {"pad": 8}])
async def test_a_track_goes_to_one_place_that_is_there(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn, place: dict[str, int]
) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    reply = await api.post(f"/dj/mix/{mix_id}/load", {"trackId": None, **place}, by=anna)
    assert reply.code == "VALIDATION_ERROR"
    assert mixer.heard == []


async def test_a_mixer_that_refuses_is_quoted(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    mixer.refusal = ("DECK_PLAYING", "The deck is playing.")
    reply = await load(api, mix_id, anna, await ready_track(api, anna))
    assert (reply.status, reply.code) == (409, "LOAD_REFUSED")
    assert reply.body["error"]["message"] == "The deck is playing."
    assert reply.body["error"]["details"] == {"reason": "DECK_PLAYING"}


@pytest.mark.parametrize("mixers", ["listens and says nothing", "does not listen"])
async def test_a_mixer_that_does_not_answer_is_said_to_be_silent(
    api: Api, worker: SnapshotWriter, valkey_url: str, mixers: str
) -> None:
    anna, stand_in = await api.account("dj"), MixerStandIn(valkey_url, "mixer-1")
    stand_in.is_silent = True
    async with running_mixer(stand_in):
        mix_id = await open_booth(api, anna)
        if mixers == "listens and says nothing":
            reply = await load(api, mix_id, anna)
    if mixers == "does not listen":
        reply = await load(api, mix_id, anna)
    assert (reply.status, reply.code) == (503, "MIXER_SILENT")
    assert reply.headers["Retry-After"]


async def test_a_track_that_was_edited_is_told_to_the_mixes_that_may_have_it(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    track_id = await ready_track(api, bert)
    edited = await api.send("PATCH", f"/dj/track/{track_id}", json={"title": "Renamed"}, by=bert)
    assert edited.status == 200
    await eventually(lambda: len(mixer.heard) == 1)
    assert mixer.heard[0]["reload"]["track_id"] == str(track_id)
    assert mixer.heard[0]["reload"]["title"] == "Renamed"
    assert isinstance(read_incoming(json.dumps(mixer.heard[0])), ReloadRequest)
