"""Claims about mixes outliving the loss of mixers and media workers, and about booths that nobody is in."""

from datetime import timedelta

from media_server.tokens import TokenVerifier
from tests.control_api.conftest import StartApi
from tests.control_api.media.test_reconciler import eventually_told, reaches
from tests.control_api.mixes.conftest import open_booth
from tests.control_api.mixes.test_desired import spec_of
from tests.control_api.streams.test_publishing import media_key
from tests.control_api.support.api import Account, Announcements, Api, MovingClock
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.control_api.support.mixer import MixerStandIn, running_mixer
from tests.support.waiting import eventually

DAYS = timedelta(days=2)
"""A life of access tokens beyond that of a booth."""


async def on_air(api: Api, worker: SnapshotWriter, by: Account) -> str:
    """A mix that is heard."""
    mix_id = await open_booth(api, by)
    await api.post("/dj/start-stream", {"title": "x"}, by=by)
    worker.room(mix_id, "live", viewers=3)
    await worker.write()
    await reaches(api, mix_id, mediaState="live")
    return mix_id


def generation(spec: dict[str, object], mix_id: str) -> tuple[str, int]:
    feed = spec["feed"]
    assert isinstance(feed, dict)
    grant = TokenVerifier(media_key()).verify(feed["token"], "feed", stream_id=mix_id)
    return grant.subject, grant.generation


async def test_a_mix_whose_media_worker_died_is_fed_to_another_and_its_stream_goes_on(
    api: Api, mixer: MixerStandIn, valkey_url: str
) -> None:
    anna = await api.account("dj")
    async with running_worker(SnapshotWriter(valkey_url, "first")) as first:
        mix_id = await on_air(api, first, anna)
    await first.vanish()
    async with running_worker(SnapshotWriter(valkey_url, "second")) as second:
        spec = await spec_of_feed(mixer, mix_id, "http://second.internal:3100")
        assert generation(spec, mix_id) == ("mixer-1", 2)
        await reaches(api, mix_id, status="live", mediaState="interrupted")
        second.room(mix_id, "live", viewers=2)
        await second.write()
        await reaches(api, mix_id, status="live", mediaState="live", viewerCount=2)
        async with running_worker(first):
            await eventually_told(first, "release_stream", mix_id)
        assert await second.commands() == []


async def test_a_mix_is_fed_to_another_media_worker_when_its_own_is_about_to_leave(
    api: Api, mixer: MixerStandIn, valkey_url: str
) -> None:
    anna = await api.account("dj")
    async with running_worker(SnapshotWriter(valkey_url, "first")) as first:
        mix_id = await on_air(api, first, anna)
        first.draining = True
        async with running_worker(SnapshotWriter(valkey_url, "second")) as second:
            spec = await spec_of_feed(mixer, mix_id, "http://second.internal:3100")
            assert generation(spec, mix_id) == ("mixer-1", 2)
            await reaches(api, mix_id, status="live", mediaState="live")
            second.room(mix_id, "live", generation=2)
            await second.write()
            await eventually_told(first, "release_stream", mix_id)


async def spec_of_feed(mixer: MixerStandIn, mix_id: str, at: str) -> dict[str, object]:
    async def is_fed_there() -> bool:
        spec = (await mixer.specs()).get(mix_id)
        return spec is not None and spec["feed"]["url"].startswith(at)

    await eventually(is_fed_there, timeout_s=15)
    return (await mixer.specs())[mix_id]


async def test_a_media_worker_that_came_back_is_fed_again(api: Api, mixer: MixerStandIn, valkey_url: str) -> None:
    anna = await api.account("dj")
    async with running_worker(SnapshotWriter(valkey_url, "only")) as only:
        mix_id = await on_air(api, only, anna)
    await only.vanish()
    await reaches(api, mix_id, status="live", mediaState="interrupted")
    async with running_worker(SnapshotWriter(valkey_url, "only")) as again:
        spec = await spec_of_feed(mixer, mix_id, "http://only.internal:3100")
        assert generation(spec, mix_id)[0] == "mixer-1"
        again.room(mix_id, "live", viewers=1)
        await again.write()
        await reaches(api, mix_id, status="live", mediaState="live")


async def test_a_mix_that_its_mixer_has_no_room_for_goes_to_another_once_there_is_one(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn, valkey_url: str
) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    assert generation(await spec_of(mixer, mix_id), mix_id) == ("mixer-1", 1)
    mixer.is_full, mixer.may_admit = True, False
    async with running_mixer(MixerStandIn(valkey_url, "mixer-2")) as other:
        assert generation(await spec_of(other, mix_id), mix_id) == ("mixer-2", 2)

        async def is_taken_away() -> bool:
            return await mixer.specs() == {}

        await eventually(is_taken_away)


async def test_a_mix_that_no_mixer_understands_is_lost_and_not_handed_to_and_fro(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn, valkey_url: str
) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    async with running_mixer(MixerStandIn(valkey_url, "mixer-2")) as other:
        other.is_full, other.problem = True, "no mix spec: members (missing)"
        mixer.is_full, mixer.problem = True, "no mix spec: members (missing)"
        assert generation(await spec_of(other, mix_id), mix_id) == ("mixer-2", 2)

        async def state() -> str:
            return str((await api.get("/dj/mix", by=anna)).data["mix"]["state"])

        async def is_lost() -> bool:
            return await state() == "lost"

        await eventually(is_lost)
        for _ in range(3):
            # A round of the keeper that knows of another booth.
            another = await open_booth(api, await api.account("dj"))

            async def is_given(another: str = another) -> bool:
                return another in await mixer.specs() | await other.specs()

            await eventually(is_given)
        assert generation(await spec_of(other, mix_id), mix_id) == ("mixer-2", 2), "it stays where it is"
        other.is_full, other.problem = False, None

        async def is_running() -> bool:
            return await state() == "running"

        await eventually(is_running)


async def test_a_booth_that_is_not_on_air_moves_like_one_that_is(
    api: Api, mixer: MixerStandIn, valkey_url: str
) -> None:
    anna = await api.account("dj")
    async with running_worker(SnapshotWriter(valkey_url, "first")) as first:
        mix_id = await open_booth(api, anna)
        unknown = "00000000-0000-4000-8000-000000000000"
        first.room(mix_id, "live")
        first.room(unknown, "live")
        await first.write()
        await eventually_told(first, "end_stream", unknown)
        assert {command["stream_id"] for command in await first.commands()} == {unknown}
        first.rooms.clear()
    await first.vanish()
    async with running_worker(SnapshotWriter(valkey_url, "second")):
        await spec_of_feed(mixer, mix_id, "http://second.internal:3100")
        entered = (await api.post(f"/dj/mix/{mix_id}/enter", by=anna)).data
        assert entered["stream"]["status"] == "scheduled"


async def test_a_mix_whose_mixer_died_goes_to_another_and_the_old_one_is_fenced(
    start_api: StartApi, worker: SnapshotWriter, valkey_url: str
) -> None:
    api = await start_api(mixer_grace_s=1)
    anna = await api.account("dj")
    async with running_mixer(MixerStandIn(valkey_url, "first")) as first:
        mix_id = await on_air(api, worker, anna)
        before = await spec_of(first, mix_id)
    first = MixerStandIn(valkey_url, "first")
    await first.vanish()
    async with running_mixer(MixerStandIn(valkey_url, "second")) as second:
        after = await spec_of(second, mix_id)
        assert (generation(before, mix_id), generation(after, mix_id)) == (("first", 1), ("second", 2))
        assert await first.specs() == {}
        assert (await api.get(f"/stream/{mix_id}")).data["stream"]["status"] == "live"
    await first.valkey.aclose()


async def test_a_mixer_that_is_back_within_the_grace_keeps_its_mixes(
    start_api: StartApi, worker: SnapshotWriter, valkey_url: str, clock: MovingClock
) -> None:
    api = await start_api(mixer_grace_s=600)
    async with (
        running_mixer(MixerStandIn(valkey_url, "second")),
        running_mixer(MixerStandIn(valkey_url, "first")) as first,
    ):
        mix_id = await open_booth(api, await api.account("dj"))
        before = await spec_of(first, mix_id)
    first = MixerStandIn(valkey_url, "first")
    await first.vanish()

    async def is_missed() -> bool:
        return bool((await api.execute("select mixer_id from mix"))[0]["mixer_id"] == "first")

    await eventually(is_missed)
    async with running_mixer(first):
        assert (await spec_of(first, mix_id))["revision"] == before["revision"]


async def test_a_mix_on_air_that_nothing_carries_ends_after_its_own_grace(
    start_api: StartApi, mixer: MixerStandIn, valkey_url: str
) -> None:
    api = await start_api(publish_grace_s=0, mix_grace_s=2)
    anna = await api.account("dj")
    async with running_worker(SnapshotWriter(valkey_url, "only")) as only:
        mix_id = await on_air(api, only, anna)
    await only.vanish()
    await reaches(api, mix_id, status="ended", endedReason="worker_lost")
    assert (await api.get("/dj/mix", by=anna)).data["mix"] is None


async def test_a_room_that_lost_its_feed_does_not_end_the_stream(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    mix_id = await on_air(api, worker, await api.account("dj"))
    worker.room(mix_id, "ended", ended_reason="publisher_lost")
    await worker.write()
    await reaches(api, mix_id, status="live", mediaState="interrupted")
    worker.room(mix_id, "live")
    await worker.write()
    await reaches(api, mix_id, mediaState="live")


async def test_a_booth_nobody_has_been_in_is_closed(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn, clock: MovingClock, announcements: Announcements
) -> None:
    api = await start_api(jwt_expires_in=DAYS)
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    await spec_of(mixer, mix_id)
    clock.advance(minutes=31)

    async def is_closed() -> bool:
        return bool((await api.get("/dj/mix", by=anna)).data["mix"] is None)

    await eventually(is_closed)
    (row,) = await api.execute("select status, ended_reason from stream")
    assert (row["status"], row["ended_reason"]) == ("ended", "never_started")
    assert announcements.lobby == 0
    await eventually(lambda: announcements.states[-1:] != [] and announcements.states[-1].status == "ended")


async def test_a_booth_somebody_is_in_or_that_is_on_air_stays_open(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn, clock: MovingClock
) -> None:
    api = await start_api(jwt_expires_in=DAYS)
    busy, live, empty = [await api.account("dj") for _ in range(3)]
    await on_air(api, worker, live)
    mix_id = await open_booth(api, busy)
    mixer.devices = 1
    await spec_of(mixer, mix_id)
    for _ in range(3):
        clock.advance(minutes=20)

        async def is_noted() -> bool:
            (row,) = await api.execute("select last_entered_at from mix where stream_id = $1::text::uuid", mix_id)
            return bool(clock() - row["last_entered_at"] < timedelta(minutes=1))

        await eventually(is_noted)
    mixer.devices = 0
    await open_booth(api, empty)
    for dj in (busy, live):
        assert (await api.get("/dj/mix", by=dj)).data["mix"] is not None


async def test_entering_keeps_a_booth_open(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn, clock: MovingClock
) -> None:
    api = await start_api(jwt_expires_in=DAYS)
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    await spec_of(mixer, mix_id)
    clock.advance(minutes=20)
    await api.post(f"/dj/mix/{mix_id}/enter", by=anna)
    clock.advance(minutes=20)
    other = await api.account("dj")
    await spec_of(mixer, await open_booth(api, other))
    assert (await api.get("/dj/mix", by=anna)).data["mix"]["id"] == mix_id
