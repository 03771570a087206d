"""Valkey goes away under load: the API says so quickly, recovers by itself, and ends no stream over it."""

from control_api.settings import ApiSettings
from tests.control_api.support.api import Announcements, api_settings, running_api
from tests.control_api.support.freezing_proxy import freezing_proxy
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.scenarios.outage import assert_a_death_is_survived, assert_a_hang_is_survived
from tests.support.servers import OwnValkey
from tests.support.waiting import eventually


def settings(database_url: str, valkey_url: str) -> ApiSettings:
    return api_settings(database_url, valkey_url, login_attempts_max=1_000_000)


async def test_killed_under_load_it_is_answered_503_until_it_is_back(database_url: str, own_valkey: OwnValkey) -> None:
    async with (
        running_api(settings(database_url, own_valkey.url)) as api,
        running_worker(SnapshotWriter(own_valkey.url, "w")),
    ):
        await assert_a_death_is_survived(api, own_valkey, away="valkey", there="postgresql")


async def test_a_server_that_hangs_holds_nobody_up_for_long(database_url: str, own_valkey: OwnValkey) -> None:
    async with freezing_proxy(own_valkey.url.removeprefix("unix://")) as proxy:
        hasty = settings(database_url, f"redis://127.0.0.1:{proxy.port}").model_copy(update={"redis_timeout_s": 0.5})
        async with running_api(hasty) as api, running_worker(SnapshotWriter(own_valkey.url, "w")):
            await assert_a_hang_is_survived(api, proxy)


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
