"""Claims about what mixers are told to run."""

import json
from datetime import timedelta
from uuid import uuid4

import jwt

from control_api.identity import StreamId, UserId
from control_api.media.tokens import MediaTokenSigner
from media_server.tokens import TokenVerifier
from mixer.worker.desired import read_spec
from tests.control_api.conftest import StartApi
from tests.control_api.mixes.conftest import invite, open_booth, ready_track
from tests.control_api.streams.test_publishing import media_key
from tests.control_api.support.api import SEED, Account, Api, MovingClock
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn
from tests.support.waiting import eventually


async def spec_of(mixer: MixerStandIn, mix_id: str, **expected: object) -> dict[str, object]:
    """The spec of a mix once it says what is expected."""
    found: dict[str, object] = {}

    async def is_there() -> bool:
        found.update((await mixer.specs()).get(mix_id, {}))
        return bool(found) and all(found[name] == value for name, value in expected.items())

    await eventually(is_there)
    return found


async def queue(api: Api, dj: Account, *titles: str) -> None:
    for position, title in enumerate(titles):
        await api.execute(
            "insert into queue_entry (dj_id, track_id, position, added_at) values ($1, $2, $3, now())",
            dj.user_id,
            await ready_track(api, dj, title=title),
            float(position),
        )


async def test_a_mixer_is_told_all_it_needs_in_words_that_it_reads(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna = await api.account("dj")
    await queue(api, anna, *(f"track {n:02}" for n in range(25)))
    mix_id = await open_booth(api, anna)
    raw = await spec_of(mixer, mix_id)
    spec = read_spec(json.dumps(raw), stream_id=mix_id)
    assert (spec.stream_id, spec.deck_count, spec.on_air, spec.opus_bitrate_bps) == (mix_id, 2, False, 192_000)
    assert (spec.lead, spec.member_name(str(anna.user_id))) == (str(anna.user_id), anna.username)
    assert [entry.track.title for entry in spec.queue] == [f"track {n:02}" for n in range(20)]
    assert spec.feed.url == f"http://worker-1.internal:3100/feed/{mix_id}"
    grant = TokenVerifier(media_key()).verify(spec.feed.token, "feed", stream_id=mix_id)
    assert (grant.subject, grant.generation) == ("mixer-1", 1)


async def test_a_mixer_is_told_how_much_room_its_leads_recordings_have(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    api = await start_api(dj_recordings_bytes=1_000)
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    await spec_of(mixer, mix_id, recording_room_bytes=1_000)
    for number, room in ((1, 400), (2, 0)):
        key = f"recordings/{anna.user_id}/{mix_id}/{number}"
        event = {"event": "recorded", "stream_id": mix_id, "started_at": 1.0, "duration_s": 1.0, "bytes": 600}
        await mixer.say(**event, object_key=f"{key}.flac", cue_sheet_key=f"{key}.cue")
        await spec_of(mixer, mix_id, recording_room_bytes=room)


async def test_what_changes_is_written_with_a_higher_revision_and_what_does_not_is_left_alone(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)
    revisions = [(await spec_of(mixer, mix_id))["revision"]]
    await api.post("/dj/start-stream", {"title": "x"}, by=anna)
    revisions.append((await spec_of(mixer, mix_id, on_air=True))["revision"])
    await invite(api, mix_id, anna, bert)
    both = [{"user_id": str(dj.user_id), "name": dj.username} for dj in (anna, bert)]
    revisions.append((await spec_of(mixer, mix_id, members=both))["revision"])
    await queue(api, bert, "of bert")
    await api.post(f"/dj/mix/{mix_id}/hand-over", {"userId": str(bert.user_id)}, by=anna)
    handed = await spec_of(mixer, mix_id, lead=str(bert.user_id))
    assert [entry["track"]["title"] for entry in handed["queue"]] == ["of bert"]  # type: ignore[attr-defined]
    revisions.append(handed["revision"])
    await queue(api, bert, "another")

    async def is_queued() -> bool:
        return len((await mixer.specs())[mix_id]["queue"]) == 2

    await eventually(is_queued)
    settled = (await mixer.specs())[mix_id]
    revisions.append(settled["revision"])
    assert revisions == sorted(set(revisions))  # type: ignore[type-var]
    # Another round, as the next change shows, leaves this mix as it is.
    other = await open_booth(api, await api.account("dj"))
    await spec_of(mixer, other)
    assert (await mixer.specs())[mix_id] == settled


async def test_changes_are_poked_at_once(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    async with mixer.valkey.pubsub() as pubsub:
        await pubsub.subscribe("mixer:poke:mixer-1")
        await pubsub.get_message(timeout=5)
        await open_booth(api, await api.account("dj"))
        message = await pubsub.get_message(timeout=5)
    assert message is not None
    assert message["data"] == "mixer-1"


async def test_what_valkey_lost_is_written_again_as_something_newer(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    mix_id = await open_booth(api, await api.account("dj"))
    before = await spec_of(mixer, mix_id)
    await mixer.valkey.delete("mixer:mixes:mixer-1")
    after = await spec_of(mixer, mix_id)
    assert isinstance(before["revision"], int)
    assert after["revision"] == before["revision"] + 1


async def test_what_nobody_explains_is_taken_out_and_what_cannot_be_read_is_replaced(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    mix_id = await open_booth(api, await api.account("dj"))
    good = await spec_of(mixer, mix_id)
    unknown = "00000000-0000-4000-8000-000000000000"
    await mixer.valkey.hset("mixer:mixes:mixer-1", mapping={unknown: json.dumps({}), mix_id: "{"})

    async def is_mended() -> bool:
        raw = await mixer.valkey.hgetall("mixer:mixes:mixer-1")
        return unknown not in raw and raw[mix_id] != "{"

    await eventually(is_mended)
    assert (await mixer.specs())[mix_id]["members"] == good["members"]


async def test_a_token_of_the_feed_is_renewed_half_way_through_its_life(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn, clock: MovingClock
) -> None:
    api = await start_api(booth_idle_s=86_400)
    mix_id = await open_booth(api, await api.account("dj"))
    first = await spec_of(mixer, mix_id)
    clock.advance(hours=13)

    async def is_renewed() -> bool:
        return bool((await mixer.specs())[mix_id]["feed"] != first["feed"])

    await eventually(is_renewed)
    claims = [
        # Its time is ahead of the clock on the wall, so nobody but us may call it good yet.
        jwt.decode(spec["feed"]["token"], options={"verify_signature": False})  # type: ignore[index]
        for spec in (first, (await mixer.specs())[mix_id])
    ]
    assert [claim["gen"] for claim in claims] == [1, 1]
    assert claims[1]["exp"] - claims[0]["exp"] >= 13 * 3_600


def test_a_token_of_a_feed_is_good_for_its_own_mix_mixer_and_generation_alone(clock: MovingClock) -> None:
    signer, stream_id = MediaTokenSigner(SEED, clock), StreamId(uuid4())
    token = signer.feed(stream_id, "m", 3).text
    hour = timedelta(hours=1)
    assert signer.is_good_feed(token, stream_id, "m", 3, for_at_least=hour)
    assert not signer.is_good_feed(token, StreamId(uuid4()), "m", 3, for_at_least=hour)
    assert not signer.is_good_feed(token, stream_id, "n", 3, for_at_least=hour)
    assert not signer.is_good_feed(token, stream_id, "m", 4, for_at_least=hour)
    assert not signer.is_good_feed(token, stream_id, "m", 3, for_at_least=25 * hour)
    assert not signer.is_good_feed(token[:-4] + "AAAA", stream_id, "m", 3, for_at_least=hour)
    assert not signer.is_good_feed("", stream_id, "m", 3, for_at_least=hour)
    talk = signer.talk(stream_id, UserId(uuid4()), 3).text
    assert not signer.is_good_feed(talk, stream_id, "m", 3, for_at_least=timedelta())
