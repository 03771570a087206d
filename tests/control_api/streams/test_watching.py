"""Claims about the list of live streams, joining, leaving and the list of viewers."""

import pytest

from control_api.identity import Role
from media_server.tokens import TokenVerifier
from tests.control_api.streams.test_publishing import media_key, start
from tests.control_api.support.api import Account, Api
from tests.control_api.support.media_worker import SnapshotWriter
from tests.support.waiting import eventually


async def on_air(api: Api, worker: SnapshotWriter, by: Account, title: str = "Late set", viewers: int = 0) -> str:
    """Start a stream whose publisher has come."""
    stream_id = (await start(api, by, title))["stream"]["id"]
    worker.room(stream_id, "live", viewers=viewers)
    await worker.write()

    async def is_live() -> bool:
        stream = (await api.get(f"/stream/{stream_id}")).data["stream"]
        return bool(stream["mediaState"] == "live" and stream["viewerCount"] == viewers)

    await eventually(is_live)
    return stream_id


async def titles(api: Api, query: str = "") -> list[str]:
    return [stream["title"] for stream in (await api.get("/stream/live" + query)).data["streams"]]


async def test_only_streams_on_air_are_listed_those_with_most_viewers_first(api: Api, worker: SnapshotWriter) -> None:
    await on_air(api, worker, await api.account("dj"), "few", viewers=1)
    await on_air(api, worker, await api.account("performer"), "many", viewers=9)
    await start(api, await api.account("dj"), "not on air yet")
    assert await titles(api) == ["many", "few"]


async def test_the_list_is_found_by_role_title_and_creator(api: Api, worker: SnapshotWriter) -> None:
    await on_air(api, worker, await api.account("dj", name="Nina_K"), "100% vinyl", viewers=2)
    await on_air(api, worker, await api.account("performer", name="Otto"), "Poetry_slam", viewers=1)
    assert await titles(api, "?role=dj") == ["100% vinyl"]
    assert await titles(api, "?role=performer") == ["Poetry_slam"]
    assert await titles(api, "?search=VINYL") == ["100% vinyl"]
    assert await titles(api, "?search=nina") == ["100% vinyl"]
    assert await titles(api, "?search=0%25") == ["100% vinyl"]
    assert await titles(api, "?search=%25") == ["100% vinyl"]
    assert await titles(api, "?search=y_s") == ["Poetry_slam"]
    assert await titles(api, "?search=%5C") == []
    assert await titles(api, "?search=nina&role=performer") == []
    assert await titles(api, "?search='%20or%20true--") == []


async def test_the_list_comes_in_pages(api: Api, worker: SnapshotWriter) -> None:
    for n in range(3):
        await on_air(api, worker, await api.account("dj"), f"set {n}", viewers=3 - n)
    page = (await api.get("/stream/live?page=2&perPage=2")).data
    assert [stream["title"] for stream in page["streams"]] == ["set 2"]
    assert (page["total"], page["page"], page["perPage"]) == (3, 2, 2)
    beyond = (await api.get("/stream/live?page=9&perPage=2")).data
    assert (beyond["streams"], beyond["total"]) == ([], 3)


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "page=1e9", "page=1&page=2", "perPage=0", "perPage=101", "role=admin",
     "role=viewer", "search=%00", "sort=title", "search=" + "x" * 101],
)  # fmt: skip
async def test_a_query_that_makes_no_sense_is_refused(api: Api, query: str) -> None:
    reply = await api.get(f"/stream/live?{query}")
    assert (reply.status, reply.code) == (422, "VALIDATION_ERROR")
    assert reply.body["error"]["details"]["fields"][0]["in"] == "query"


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.DJ])
async def test_anyone_joins_and_gets_a_grant_that_the_media_server_takes(
    api: Api, worker: SnapshotWriter, role: Role | None
) -> None:
    stream_id = await on_air(api, worker, await api.account("dj"))
    viewer = await api.account(role) if role else None
    joined = (await api.post(f"/stream/{stream_id}/join", by=viewer)).data
    watch = joined["watch"]
    assert joined["stream"]["id"] == stream_id
    assert watch["whepUrl"] == f"http://127.0.0.1:3100/whep/{stream_id}"
    assert watch["hlsUrl"] == f"http://127.0.0.1:3100/hls/{stream_id}/index.m3u8"
    grant = TokenVerifier(media_key()).verify(watch["token"], "watch", stream_id=stream_id)
    assert (grant.subject, grant.generation) == (joined["viewerId"], 0)


async def test_a_stream_that_has_ended_cannot_be_joined(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    stream_id = await on_air(api, worker, anna)
    await api.post("/dj/end-stream", by=anna)
    reply = await api.post(f"/stream/{stream_id}/join")
    assert (reply.status, reply.code) == (410, "STREAM_ENDED")


async def test_the_viewers_are_those_whom_the_worker_sees_now(api: Api, worker: SnapshotWriter) -> None:
    anna, vera = await api.account("dj"), await api.account("viewer", name="Vera")
    stream_id = await on_air(api, worker, anna)
    by_name = (await api.post(f"/stream/{stream_id}/join", by=vera)).data["viewerId"]
    nameless = (await api.post(f"/stream/{stream_id}/join")).data["viewerId"]
    gone = (await api.post(f"/stream/{stream_id}/join")).data["viewerId"]
    never_watched = (await api.post(f"/stream/{stream_id}/join")).data["viewerId"]
    await worker.watch(stream_id, by_name, nameless)
    await worker.watch(stream_id, gone, for_s=-1)
    for reader in (anna, await api.account("admin")):
        page = (await api.get(f"/stream/{stream_id}/viewers", by=reader)).data
        assert [(item["viewerId"], item["username"]) for item in page["items"]] == [(by_name, "Vera"), (nameless, None)]
        assert page["pagination"] == {"total": 2, "page": 1, "perPage": 20, "totalPages": 1}
        assert never_watched not in str(page)
    second = (await api.get(f"/stream/{stream_id}/viewers?page=2&perPage=1", by=anna)).data
    assert [item["viewerId"] for item in second["items"]] == [nameless]
    assert second["pagination"] == {"total": 2, "page": 2, "perPage": 1, "totalPages": 2}


async def test_who_leaves_is_dropped_by_the_worker_and_no_viewer_any_more(api: Api, worker: SnapshotWriter) -> None:
    anna, vera = await api.account("dj"), await api.account()
    stream_id = await on_air(api, worker, anna)
    viewer_id = (await api.post(f"/stream/{stream_id}/join", by=vera)).data["viewerId"]
    await worker.watch(stream_id, viewer_id)
    for _ in range(2):
        assert (await api.post(f"/stream/{stream_id}/leave", {"viewerId": viewer_id}, by=vera)).data == {}
    dropped = {"command": "drop_viewer", "stream_id": stream_id, "viewer_id": viewer_id}
    assert dropped in await worker.commands()
    assert (await api.get(f"/stream/{stream_id}/viewers", by=anna)).data["items"] == []


async def test_nobody_makes_someone_else_leave(api: Api, worker: SnapshotWriter) -> None:
    vera, mallory = await api.account(), await api.account()
    stream_id = await on_air(api, worker, await api.account("dj"))
    other_id = await on_air(api, worker, await api.account("dj"))
    body = {"viewerId": (await api.post(f"/stream/{stream_id}/join", by=vera)).data["viewerId"]}
    for reply in (
        await api.post(f"/stream/{stream_id}/leave", body, by=mallory),
        await api.post(f"/stream/{stream_id}/leave", body),
        await api.post(f"/stream/{other_id}/leave", body, by=vera),
        await api.post(f"/stream/{stream_id}/leave", {"viewerId": stream_id}, by=vera),
    ):
        assert (reply.status, reply.code) == (404, "VIEWER_NOT_FOUND")
    assert not any(command["command"] == "drop_viewer" for command in await worker.commands())
