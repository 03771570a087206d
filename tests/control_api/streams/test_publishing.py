"""Claims about going live, coming back and ending."""

import asyncio

import pytest

from control_api.settings import decode_base64url
from media_server.tokens import TokenVerifier
from tests.control_api.conftest import StartApi
from tests.control_api.support.api import SEED, Account, Announcements, Api
from tests.control_api.support.media_worker import SnapshotWriter, running_worker

NO_STREAM = "00000000-0000-4000-8000-000000000000"


def media_key() -> str:
    import base64

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = Ed25519PrivateKey.from_private_bytes(decode_base64url(SEED)).public_key().public_bytes_raw()
    return base64.urlsafe_b64encode(public).decode().rstrip("=")


async def start(api: Api, by: Account, title: str = "Late set") -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = (await api.post(f"/{by.role}/start-stream", {"title": title}, by=by)).data
    return data


@pytest.mark.parametrize("role", ["dj", "performer"])
async def test_starting_a_stream_gives_a_grant_that_the_media_server_takes(
    api: Api, worker: SnapshotWriter, role: str
) -> None:
    anna = await api.account(role)
    reply = await api.post(f"/{role}/start-stream", {"title": "  Late set ", "description": "Two\nhours"}, by=anna)
    assert reply.status == 201
    stream, publish = reply.data["stream"], reply.data["publish"]
    assert (stream["title"], stream["description"]) == ("Late set", "Two\nhours")
    assert (stream["creatorType"], stream["creatorName"]) == (role, anna.username)
    assert (stream["status"], stream["mediaState"], stream["endedReason"]) == ("live", "waiting", None)
    assert publish["whipUrl"] == f"http://127.0.0.1:3100/whip/{stream['id']}"
    assert (publish["generation"], publish["iceServers"]) == (1, [])
    grant = TokenVerifier(media_key()).verify(publish["token"], "publish", stream_id=stream["id"])
    assert (grant.subject, grant.generation) == (str(anna.user_id), 1)


async def test_a_workers_public_address_goes_before_the_host_that_was_asked(api: Api, valkey_url: str) -> None:
    writer = SnapshotWriter(valkey_url, "w", public_url="https://media.example.com/")
    async with running_worker(writer):
        anna = await api.account("dj")
        started = await start(api, anna)
        assert started["publish"]["whipUrl"] == f"https://media.example.com/whip/{started['stream']['id']}"


async def test_the_media_address_follows_a_trusted_proxys_host_and_scheme(
    start_api: StartApi, worker: SnapshotWriter
) -> None:
    api = await start_api(trusted_proxies=["127.0.0.1"])
    anna = await api.account("dj")
    headers = {"X-Forwarded-Host": "live.example.com:8443", "X-Forwarded-Proto": "https"}
    reply = await api.post("/dj/start-stream", {"title": "x"}, by=anna, headers=headers)
    assert reply.data["publish"]["whipUrl"].startswith("https://live.example.com:3100/whip/")


async def test_without_a_media_worker_nobody_goes_live(api: Api) -> None:
    anna = await api.account("dj")
    reply = await api.post("/dj/start-stream", {"title": "x"}, by=anna)
    assert (reply.status, reply.code) == (503, "NO_MEDIA_WORKER")
    assert reply.headers["Retry-After"]
    assert (await api.get("/stream/current", by=anna)).data == {"stream": None}


async def test_streams_go_to_the_worker_with_least_to_do(api: Api, valkey_url: str) -> None:
    busy, idle = SnapshotWriter(valkey_url, "busy", viewers=2), SnapshotWriter(valkey_url, "idle")
    async with running_worker(busy), running_worker(idle):
        for n in range(4):
            await start(api, await api.account("dj"), f"set {n}")
    rows = await api.execute("select worker_id, count(*) as n from stream group by 1 order by 1")
    assert [(row["worker_id"], row["n"]) for row in rows] == [("busy", 1), ("idle", 3)]


async def test_one_who_is_live_is_told_which_stream_it_is(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    started = await start(api, anna)
    again = await api.post("/dj/start-stream", {"title": "another"}, by=anna)
    assert (again.status, again.code) == (409, "ALREADY_LIVE")
    assert again.body["error"]["details"] == {"streamId": started["stream"]["id"]}
    assert (await api.get("/stream/current", by=anna)).data["stream"]["id"] == started["stream"]["id"]


async def test_of_many_starts_at_once_one_wins_over_all_processes(start_api: StartApi, worker: SnapshotWriter) -> None:
    nodes = [await start_api(), await start_api()]
    anna = await nodes[0].account("dj")
    body = {"title": "race"}
    replies = await asyncio.gather(*(nodes[n % 2].post("/dj/start-stream", body, by=anna) for n in range(10)))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 9
    winner = next(reply.data["stream"]["id"] for reply in replies if reply.status == 201)
    losers = {reply.body["error"]["details"]["streamId"] for reply in replies if reply.status == 409}
    assert losers == {winner}


async def test_each_grant_of_a_stream_has_a_generation_of_its_own_that_rises(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    stream_id = (await start(api, anna))["stream"]["id"]
    replies = await asyncio.gather(*(api.post(f"/stream/{stream_id}/publish", by=anna) for _ in range(8)))
    assert sorted(reply.data["publish"]["generation"] for reply in replies) == list(range(2, 10))
    assert (await api.post(f"/stream/{stream_id}/publish", by=anna)).data["publish"]["generation"] == 10


async def test_coming_back_after_the_worker_died_leads_to_another(api: Api, valkey_url: str) -> None:
    anna = await api.account("dj")
    async with running_worker(SnapshotWriter(valkey_url, "first")) as first:
        stream_id = (await start(api, anna))["stream"]["id"]
    async with running_worker(SnapshotWriter(valkey_url, "second", public_url="http://second.example.com")):
        await first.vanish()
        publish = (await api.post(f"/stream/{stream_id}/publish", by=anna)).data["publish"]
    assert publish["whipUrl"] == f"http://second.example.com/whip/{stream_id}"
    assert publish["generation"] == 2


async def test_ending_tells_the_worker_the_watchers_and_the_lobby_nothing_twice(
    api: Api, worker: SnapshotWriter, announcements: Announcements
) -> None:
    anna = await api.account("dj")
    stream_id = (await start(api, anna))["stream"]["id"]
    ended = (await api.post("/dj/end-stream", {}, by=anna)).data["stream"]
    assert (ended["status"], ended["mediaState"], ended["endedReason"]) == ("ended", "ended", "ended")
    assert ended["endTime"] >= ended["startTime"]
    assert {"command": "end_stream", "stream_id": stream_id} in await worker.commands()
    again = (await api.post("/dj/end-stream", {"streamId": stream_id}, by=anna)).data["stream"]
    assert again == ended
    states = [(str(state.stream_id), state.status, state.ended_reason) for state in announcements.states]
    assert states == [(stream_id, "ended", "ended")]
    assert announcements.lobby == 0
    assert (await api.post("/dj/end-stream", by=anna)).code == "NOT_LIVE"
    assert (await api.post(f"/stream/{stream_id}/publish", by=anna)).code == "STREAM_ENDED"


async def test_after_the_end_the_creator_may_start_again(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("performer")
    first = await start(api, anna)
    await api.post("/performer/end-stream", by=anna)
    second = await start(api, anna)
    assert second["stream"]["id"] != first["stream"]["id"]


async def test_nobody_touches_the_stream_of_someone_else(api: Api, worker: SnapshotWriter) -> None:
    anna, mallory, moll = await api.account("dj"), await api.account("dj"), await api.account("performer")
    stream_id = (await start(api, anna))["stream"]["id"]
    for reply in (
        await api.post(f"/stream/{stream_id}/publish", by=mallory),
        await api.post(f"/stream/{stream_id}/publish", by=moll),
        await api.post("/dj/end-stream", {"streamId": stream_id}, by=mallory),
        await api.post("/performer/end-stream", {"streamId": stream_id}, by=moll),
        await api.get(f"/stream/{stream_id}/viewers", by=mallory),
    ):
        assert (reply.status, reply.code) == (403, "FORBIDDEN")
    assert (await api.post("/dj/end-stream", by=mallory)).code == "NOT_LIVE"
    stream = (await api.get(f"/stream/{stream_id}")).data["stream"]
    assert stream["status"] == "live"
    (row,) = await api.execute("select publish_generation from stream")
    assert row["publish_generation"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 121},
        {"title": "null\x00byte"},
        {"title": "two\nlines"},
        {"title": "x", "description": "x" * 2_001},
        {"title": "x", "description": "bell\x07"},
        {"title": 7},
        {"title": "x", "status": "ended"},
    ],
)
async def test_a_stream_needs_a_title_that_can_be_shown(api: Api, body: dict[str, object]) -> None:
    anna = await api.account("dj")
    assert (await api.post("/dj/start-stream", body, by=anna)).code == "VALIDATION_ERROR"


async def test_an_unknown_stream_is_not_found_by_anyone(api: Api) -> None:
    anna = await api.account("dj")
    assert (await api.get(f"/stream/{NO_STREAM}")).code == "STREAM_NOT_FOUND"
    assert (await api.post(f"/stream/{NO_STREAM}/publish", by=anna)).code == "STREAM_NOT_FOUND"
    assert (await api.post("/dj/end-stream", {"streamId": NO_STREAM}, by=anna)).code == "STREAM_NOT_FOUND"
    assert (await api.get("/stream/not-an-id")).status == 404
