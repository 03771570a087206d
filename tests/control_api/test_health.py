"""Claims about the health routes while all is well; tests/scenarios has what happens when it is not."""

import asyncio

import pytest

from control_api.db.pool import Database
from tests.control_api.support.api import SEED, Api
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn, running_mixer
from tests.support.waiting import eventually


async def test_health_says_that_the_process_is_up(api: Api) -> None:
    reply = await api.get("/health")
    assert (reply.status, reply.data["status"]) == (200, "ok")


async def test_the_details_name_every_part_with_its_latency_and_no_secret(api: Api, worker: SnapshotWriter) -> None:
    reply = await api.get("/health/detailed")
    assert (reply.status, reply.data["status"]) == (200, "ok")
    assert reply.data["postgresql"]["latencyMs"] > 0
    assert reply.data["valkey"]["latencyMs"] > 0
    (listed,) = reply.data["media"]["workers"]
    assert (listed["workerId"], listed["rooms"]) == (worker.worker_id, 0)
    assert 0 < listed["leaseRemainingMs"] <= 5_000
    for secret in (SEED, api.settings.database_url.get_secret_value(), api.settings.redis_url.get_secret_value(), "@"):
        assert secret not in str(reply.body)


async def test_the_details_name_the_mixers_and_streams_go_on_without_one(
    api: Api, worker: SnapshotWriter, valkey_url: str
) -> None:
    assert (await api.get("/health/detailed")).data["mixing"] == {"status": "unavailable", "mixers": []}

    async def is_seen() -> bool:
        return bool((await api.get("/health/detailed")).data["mixing"]["status"] == "ok")

    async with running_mixer(MixerStandIn(valkey_url, "mixer-1", capacity=5)):
        await eventually(is_seen)
        (mixer,) = (await api.get("/health/detailed")).data["mixing"]["mixers"]
    assert mixer == {"mixerId": "mixer-1", "status": "ok", "mixes": 0, "capacity": 5, "mayAdmit": True}


async def test_without_a_media_worker_the_service_is_degraded(api: Api) -> None:
    reply = await api.get("/health/detailed")
    assert (reply.status, reply.code) == (503, "DEGRADED")
    assert reply.body["error"]["details"]["media"] == {"status": "unavailable", "workers": []}
    assert reply.body["error"]["details"]["postgresql"]["status"] == "ok"


async def test_asking_often_does_not_keep_the_databases_busy(
    api: Api, worker: SnapshotWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    pings = 0
    ping = Database.ping

    async def counted(database: Database) -> None:
        nonlocal pings
        pings += 1
        await ping(database)

    monkeypatch.setattr(Database, "ping", counted)
    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(api.get("/health/detailed") for _ in range(100)))
    assert 1 <= pings <= 2 + (loop.time() - started)
