"""PostgreSQL goes away under load: the API says so quickly and recovers by itself."""

from control_api.settings import ApiSettings
from tests.control_api.support.api import Announcements, api_settings, running_api
from tests.control_api.support.freezing_proxy import freezing_proxy
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.scenarios.outage import NORMAL, assert_a_death_is_survived, assert_a_hang_is_survived, under_load
from tests.support.servers import OwnPostgres
from tests.support.waiting import eventually


def settings(database_url: str, valkey_url: str) -> ApiSettings:
    return api_settings(database_url, valkey_url, login_attempts_max=1_000_000)


async def test_killed_under_load_it_is_answered_503_until_it_is_back(
    own_postgres: OwnPostgres, valkey_url: str
) -> None:
    async with (
        running_api(settings(own_postgres.dsn("postgres"), valkey_url)) as api,
        running_worker(SnapshotWriter(valkey_url, "w")),
    ):
        await assert_a_death_is_survived(api, own_postgres, away="postgresql", there="valkey")


async def test_a_server_that_hangs_holds_nobody_up_for_long(own_postgres: OwnPostgres, valkey_url: str) -> None:
    socket_dir = own_postgres.dsn("postgres").rpartition("host=")[2]
    async with freezing_proxy(f"{socket_dir}/.s.PGSQL.5432") as proxy:
        database_url = f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres"
        hasty = settings(database_url, valkey_url).model_copy(
            update={"database_timeout_s": 0.5, "database_command_timeout_s": 0.5}
        )
        async with running_api(hasty) as api, running_worker(SnapshotWriter(valkey_url, "w")):
            await assert_a_hang_is_survived(api, proxy)


async def test_a_live_stream_outlives_the_outage(own_postgres: OwnPostgres, valkey_url: str) -> None:
    announcements = Announcements()
    async with (
        running_api(settings(own_postgres.dsn("postgres"), valkey_url), announce=announcements) as api,
        running_worker(SnapshotWriter(valkey_url, "w")) as worker,
    ):
        dj = await api.account("dj")
        stream = (await api.post("/dj/start-stream", {"title": "x"}, by=dj)).data["stream"]
        worker.room(stream["id"], "live", viewers=3)

        async def is_live() -> bool:
            shown = (await api.get(f"/stream/{stream['id']}")).data["stream"]
            return (shown["mediaState"], shown["viewerCount"]) == ("live", 3)

        await eventually(is_live)
        async with under_load(api, dj) as load:
            await load.every_call_is_answered(*NORMAL)
            own_postgres.restart()
            await load.every_call_is_answered(*NORMAL)
        assert await is_live()
        assert {state.media_state.value for state in announcements.states} == {"live"}
