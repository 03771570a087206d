"""Claims about which stream an encoder's media belong to, and who may ask."""

from typing import Any

import pytest

from tests.control_api.conftest import StartApi
from tests.control_api.support.api import INTERNAL_TOKEN, Account, Announcements, Api, MovingClock
from tests.control_api.support.encoder import ask, let_in, new_key
from tests.control_api.support.media_worker import SnapshotWriter, running_worker
from tests.support.waiting import eventually

WISH = {"title": "Basement tapes", "description": "Every Friday", "record": False, "takeOver": False}


async def stream_of(api: Api, grant: dict[str, Any]) -> dict[str, Any]:
    stream: dict[str, Any] = (await api.get(f"/stream/{grant['streamId']}")).data["stream"]
    return stream


async def wish(api: Api, by: Account, **changes: Any) -> None:
    assert (await api.send("PUT", "/stream/encoder", json=WISH | changes, by=by)).status == 200


@pytest.mark.parametrize("token", [None, "", "wrong", INTERNAL_TOKEN[:-1], INTERNAL_TOKEN + "x", "é"], ids=range(6))
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_who_does_not_have_the_token_finds_nothing(api: Api, method: str, token: str | None) -> None:
    reply = await api.send(method, "/internal/ingest", headers={"Authorization": f"Bearer {token}"} if token else {})
    assert (reply.status, reply.code) == (404, "NOT_FOUND")


async def test_neither_a_signed_in_user_nor_another_path_gets_in(api: Api) -> None:
    anna = await api.account("admin")
    for path in ("/internal/ingest", "/api/internal/ingest", "/api/v1/internal/ingest"):
        assert (await api.post(path, {}, by=anna)).status == 404
    assert (await api.send("POST", "/internal/other", token=INTERNAL_TOKEN)).status == 404
    assert (await api.send("GET", "/internal/ingest", token=INTERNAL_TOKEN)).status == 405


async def test_the_public_description_says_nothing_of_it(api: Api) -> None:
    assert not any("internal" in path for path in (await api.get("/api/docs/openapi.json")).body["paths"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": 7},
        {"key": "x" * 300, "protocol": "rtmp", "worker_id": "w", "address": "a"},
        {"key": "x", "protocol": "whip", "worker_id": "w", "address": "a"},
        {"key": "x", "protocol": "rtmp", "worker_id": "media:workers *", "address": "a"},
        {"key": "x", "protocol": "rtmp", "worker_id": "w"},
    ],
    ids=range(6),
)
async def test_a_question_that_makes_no_sense_is_refused(api: Api, body: dict[str, Any]) -> None:
    reply = await api.send("POST", "/internal/ingest", json=body, token=INTERNAL_TOKEN)
    assert (reply.status, reply.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "key", ["", "nrs_", "nrs_" + "a" * 32, "NRS_" + "A" * 32, "' or 1=1 --", "x\x00y"], ids=range(6)
)
async def test_what_is_no_key_is_refused_in_words_for_who_typed_it(api: Api, worker: SnapshotWriter, key: str) -> None:
    reply = await ask(api, key)
    assert (reply.status, reply.code) == (404, "STREAM_KEY_INVALID")
    assert "encoder" in reply.body["error"]["message"]


async def test_guessing_is_slowed_down_by_address(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    _, secret = await new_key(api, anna)
    codes = [(await ask(api, "nrs_" + "b" * 32)).code for _ in range(31)]
    assert codes[:30] == ["STREAM_KEY_INVALID"] * 30
    assert codes[30] == "RATE_LIMITED"
    await let_in(api, secret)


@pytest.mark.parametrize("role", ["dj", "performer"])
async def test_a_first_encoder_begins_a_stream_as_its_creator_wants_it(
    api: Api, worker: SnapshotWriter, role: str
) -> None:
    anna = await api.account(role)
    await wish(api, anna)
    _, secret = await new_key(api, anna)
    grant = await let_in(api, secret, protocol="rtmps")
    assert grant == {"streamId": grant["streamId"], "userId": str(anna.user_id), "generation": 1, "takeOver": False}
    stream = await stream_of(api, grant)
    assert (stream["title"], stream["description"]) == ("Basement tapes", "Every Friday")
    assert (stream["status"], stream["mediaState"], stream["ingest"]) == ("live", "waiting", "rtmps")
    assert (stream["creatorType"], stream["creatorName"]) == (role, anna.username)


async def test_without_a_wish_there_is_one(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    _, secret = await new_key(api, anna)
    assumed = (await api.get("/stream/encoder", by=anna)).data
    stream = await stream_of(api, await let_in(api, secret))
    assert stream["title"] == assumed["title"] == f"{anna.username} live"


async def test_a_wish_is_kept(api: Api) -> None:
    anna = await api.account("dj")
    await wish(api, anna, record=True, takeOver=True)
    await wish(api, anna, takeOver=True)
    assert (await api.get("/stream/encoder", by=anna)).data == WISH | {"takeOver": True}


async def test_an_encoder_that_comes_again_goes_on_with_the_next_generation(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    _, secret = await new_key(api, anna)
    first = await let_in(api, secret)
    again = await let_in(api, secret)
    assert (again["streamId"], again["generation"]) == (first["streamId"], 2)


async def test_encoders_that_come_at_once_are_of_one_stream(start_api: StartApi, worker: SnapshotWriter) -> None:
    import asyncio

    apis = [await start_api(), await start_api()]
    anna = await apis[0].account("dj")
    _, secret = await new_key(apis[0], anna)
    grants = await asyncio.gather(*(let_in(apis[index % 2], secret) for index in range(6)))
    assert len({grant["streamId"] for grant in grants}) == 1
    assert sorted(grant["generation"] for grant in grants) == [1, 2, 3, 4, 5, 6]


async def test_what_was_ended_is_not_begun_anew_by_an_encoder_that_connects_again_by_itself(
    api: Api, worker: SnapshotWriter, clock: MovingClock
) -> None:
    anna = await api.account("dj")
    _, secret = await new_key(api, anna)
    first = await let_in(api, secret)
    await api.post("/dj/end-stream", by=anna)
    reply = await ask(api, secret)
    assert (reply.status, reply.code) == (409, "JUST_ENDED")
    clock.advance(seconds=21)
    second = await let_in(api, secret)
    assert second["streamId"] != first["streamId"]
    assert second["generation"] == 1


async def test_who_is_live_from_the_browser_is_told_so_by_the_encoder(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("performer")
    _, secret = await new_key(api, anna)
    started = (await api.post("/performer/start-stream", {"title": "x"}, by=anna)).data
    reply = await ask(api, secret)
    assert (reply.status, reply.code) == (409, "ALREADY_LIVE")
    assert reply.body["error"]["details"]["streamId"] == started["stream"]["id"]


async def test_the_browser_does_not_take_an_encoders_stream_over(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("performer")
    _, secret = await new_key(api, anna)
    grant = await let_in(api, secret)
    assert (await api.post(f"/stream/{grant['streamId']}/publish", by=anna)).code == "STREAM_IS_ENCODER"
    assert (await api.post("/performer/start-stream", {"title": "x"}, by=anna)).code == "ALREADY_LIVE"
    current = (await api.get("/stream/current", by=anna)).data["stream"]
    assert current["id"] == grant["streamId"]


async def test_at_another_worker_a_second_encoder_waits_for_the_first_unless_it_may_take_over(
    api: Api, worker: SnapshotWriter, valkey_url: str
) -> None:
    anna = await api.account("dj")
    await wish(api, anna)
    _, secret = await new_key(api, anna)
    async with running_worker(SnapshotWriter(valkey_url, "worker-2")):
        grant = await let_in(api, secret)
        worker.room(grant["streamId"], "live")
        await worker.write()
        assert (await ask(api, secret, worker_id="worker-2")).code == "ALREADY_PUBLISHING"
        await wish(api, anna, takeOver=True)
        taken = await let_in(api, secret, worker_id="worker-2")
        assert taken == grant | {"generation": 2, "takeOver": True}


async def test_at_another_worker_an_encoder_goes_on_when_the_first_was_lost(
    api: Api, worker: SnapshotWriter, valkey_url: str
) -> None:
    anna = await api.account("dj")
    _, secret = await new_key(api, anna)
    async with running_worker(SnapshotWriter(valkey_url, "worker-2")) as second:
        grant = await let_in(api, secret)
        worker.room(grant["streamId"], "interrupted")
        await worker.write()
        again = await let_in(api, secret, worker_id="worker-2")
        second.room(grant["streamId"], "live", generation=again["generation"], viewers=3)
        await second.write()

        async def has_moved() -> bool:
            stream = await stream_of(api, grant)
            return (stream["mediaState"], stream["viewerCount"]) == ("live", 3)

        await eventually(has_moved)


async def test_an_encoder_that_never_sends_anything_leaves_no_stream_behind(
    api: Api, worker: SnapshotWriter, clock: MovingClock
) -> None:
    anna = await api.account("dj")
    _, secret = await new_key(api, anna)
    grant = await let_in(api, secret)
    clock.advance(seconds=121)

    async def is_over() -> bool:
        return bool((await stream_of(api, grant))["endedReason"] == "never_published")

    await eventually(is_over)


async def test_how_it_comes_follows_what_the_worker_says(
    api: Api, worker: SnapshotWriter, announcements: Announcements
) -> None:
    anna = await api.account("dj")
    started = (await api.post("/dj/start-stream", {"title": "x"}, by=anna)).data["stream"]
    assert started["ingest"] is None
    worker.room(started["id"], "live")
    worker.rooms[started["id"]]["ingest"] = "whip"
    await worker.write()

    async def is_told() -> bool:
        return bool((await api.get(f"/stream/{started['id']}")).data["stream"]["ingest"] == "whip")

    await eventually(is_told)
