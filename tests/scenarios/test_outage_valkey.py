"""Valkey goes away under load: the API says so quickly, recovers by itself, and ends no stream over it."""

from control_api.settings import ApiSettings
from tests.control_api.support.api import Announcements, api_settings, running_api
from tests.control_api.support.freezing_proxy import freezing_proxy
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.scenarios.outage import assert_said_as_it_is, under_load
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually

NORMAL = (200, 201, 409)
QUICK_S = 4.0


def settings(database_url: str, valkey_url: str) -> ApiSettings:
    return api_settings(database_url, valkey_url, login_attempts_max=1_000_000)


async def test_killed_under_load_it_is_answered_503_until_it_is_back(database_url: str, own_valkey: OwnValkey) -> None:
    async with (
        running_api(settings(database_url, own_valkey.url)) as api,
        running_worker(SnapshotWriter(own_valkey.url, "w")),
    ):
        dj = await api.account("dj")
        async with under_load(api, dj) as load:
            await load.every_call_is_answered(*NORMAL)
            for _ in range(2):
                own_valkey.kill()
                await load.every_call_is_answered(503)
                assert_said_as_it_is(load)
                assert load.slowest_s < QUICK_S
                assert (await api.get("/health")).status == 200
                details = (await api.get("/health/detailed")).body["error"]["details"]
                assert (details["valkey"]["status"], details["postgresql"]["status"]) == ("unavailable", "ok")
                own_valkey.start()
                await load.every_call_is_answered(*NORMAL)
                assert_said_as_it_is(load)


async def test_a_server_that_hangs_holds_nobody_up_for_long(database_url: str, own_valkey: OwnValkey) -> None:
    async with freezing_proxy(own_valkey.url.removeprefix("unix://")) as proxy:
        hasty = settings(database_url, f"redis://127.0.0.1:{proxy.port}").model_copy(update={"redis_timeout_s": 0.5})
        async with running_api(hasty) as api, running_worker(SnapshotWriter(own_valkey.url, "w")):
            dj = await api.account("dj")
            async with under_load(api, dj) as load:
                await load.every_call_is_answered(*NORMAL)
                proxy.freeze()
                await load.every_call_is_answered(503)
                await load.every_call_is_answered(503)
                assert load.slowest_s < QUICK_S
                assert_said_as_it_is(load)
                proxy.thaw()
                await load.every_call_is_answered(*NORMAL)
                assert_said_as_it_is(load)


async def test_a_live_stream_is_neither_interrupted_nor_ended_by_it(database_url: str, own_valkey: OwnValkey) -> None:
    announcements = Announcements()
    async with (
        running_api(settings(database_url, own_valkey.url), announce=announcements) as api,
        running_worker(SnapshotWriter(own_valkey.url, "w")) as worker,
    ):
        dj = await api.account("dj")
        stream = (await api.post("/dj/start-stream", {"title": "x"}, by=dj)).data["stream"]

        async def shows(viewers: int) -> bool:
            reply = await api.get(f"/stream/{stream['id']}")
            return reply.status == 200 and reply.data["stream"]["viewerCount"] == viewers

        for viewers in (3, 4):
            worker.room(stream["id"], "live", viewers=viewers)
            await eventually(lambda viewers=viewers: shows(viewers))  # type: ignore[misc]
            own_valkey.restart()
        worker.room(stream["id"], "live", viewers=5)
        await eventually(lambda: shows(5))
        assert [state.media_state.value for state in announcements.states] == ["live"] * 3
