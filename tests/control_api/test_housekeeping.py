"""What strangers can make the database hold is not held for ever."""

import pytest

from control_api import housekeeping
from tests.control_api.conftest import StartApi
from tests.control_api.streams.test_watching import on_air
from tests.control_api.support.api import Api, MovingClock
from tests.control_api.support.media_worker import SnapshotWriter
from tests.support.waiting import eventually


async def rows(api: Api, table: str) -> int:
    return int((await api.execute(f"select count(*) as n from {table}"))[0]["n"])  # noqa: S608 - a name of ours


async def test_viewers_who_joined_days_ago_and_sessions_that_expired_are_deleted_a_batch_at_a_time(
    start_api: StartApi, worker: SnapshotWriter, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 2)
    api = await start_api()
    stream_id = await on_air(api, worker, await api.account("dj"))
    for _ in range(5):
        await api.post(f"/stream/{stream_id}/join")
    assert (await rows(api, "stream_viewer"), await rows(api, "auth_session")) == (5, 1)
    clock.advance(days=8)
    kept = await api.account("viewer")
    joined = (await api.post(f"/stream/{stream_id}/join", by=kept)).data["viewerId"]
    await start_api()

    async def is_tidy() -> bool:
        return (await rows(api, "stream_viewer"), await rows(api, "auth_session")) == (1, 1)

    await eventually(is_tidy)
    (viewer,) = await api.execute("select id from stream_viewer")
    assert str(viewer["id"]) == joined
    assert (await api.get("/user/profile", by=kept)).status == 200
