"""Claims about mixes while PostgreSQL or Valkey are away, and once they are back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.control_api.mixes.conftest import open_booth, ready_track
from tests.control_api.mixes.test_desired import spec_of
from tests.control_api.mixes.test_events import all_kept, played
from tests.control_api.support.api import Account, Api, api_settings, running_api
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.control_api.support.mixer import MixerStandIn, running_mixer
from tests.support.servers import OwnPostgres, OwnValkey
from tests.support.waiting import eventually


@dataclass
class Show:
    api: Api
    mixer: MixerStandIn
    dj: Account
    mix_id: str


@pytest.fixture
async def show(own_postgres: OwnPostgres, own_valkey: OwnValkey) -> AsyncIterator[Show]:
    """A mix on air, on databases that may be killed."""
    settings = api_settings(own_postgres.dsn("postgres"), own_valkey.url)
    async with (
        running_api(settings) as api,
        running_worker(SnapshotWriter(own_valkey.url, "worker-1")),
        running_mixer(MixerStandIn(own_valkey.url, "mixer-1")) as mixer,
    ):
        dj = await api.account("dj")
        mix_id = await open_booth(api, dj)
        await api.post("/dj/start-stream", {"title": "x"}, by=dj)
        await spec_of(mixer, mix_id, on_air=True)
        yield Show(api, mixer, dj, mix_id)


async def all_refused(show: Show) -> None:
    for method, path, body in (
        ("GET", "/dj/mix", None),
        ("POST", f"/dj/mix/{show.mix_id}/enter", None),
        ("POST", f"/dj/mix/{show.mix_id}/load", {"deck": 0, "trackId": None}),
        ("POST", f"/dj/mix/{show.mix_id}/members", {"username": "x"}),
        ("POST", f"/dj/mix/{show.mix_id}/close", None),
    ):
        reply = await show.api.send(method, path, json=body, by=show.dj)
        assert (reply.status, reply.code) == (503, "SERVICE_UNAVAILABLE"), path


async def is_answered(show: Show) -> bool:
    return (await show.api.get("/dj/mix", by=show.dj)).status == 200


async def test_a_mix_outlives_valkey_and_is_told_to_the_mixer_again(show: Show, own_valkey: OwnValkey) -> None:
    own_valkey.kill()
    await all_refused(show)
    own_valkey.start()
    await eventually(lambda: is_answered(show), timeout_s=20)
    spec = await spec_of(show.mixer, show.mix_id, on_air=True)
    assert spec["lead"] == str(show.dj.user_id)
    (row,) = await show.api.execute("select mixer_id, feed_generation from mix")
    assert (row["mixer_id"], row["feed_generation"]) == ("mixer-1", 1)
    assert (await show.api.get(f"/stream/{show.mix_id}")).data["stream"]["status"] == "live"


async def test_a_mix_outlives_postgresql_and_what_was_played_meanwhile_is_kept(
    show: Show, own_postgres: OwnPostgres
) -> None:
    track_id = await ready_track(show.api, show.dj)
    before = await show.mixer.specs()
    own_postgres.kill()
    await all_refused(show)
    for minute in range(3):
        await show.mixer.say(**played(show.mix_id, track_id, at=1_700_000_000 + 60 * minute))
    assert await show.mixer.specs() == before
    own_postgres.start()
    await eventually(lambda: is_answered(show), timeout_s=20)
    await all_kept(show.mixer)
    assert len(await show.api.execute("select from play")) == 3
    assert await show.mixer.specs() == before
