"""Claims about media workers that ask where a stream is."""

from typing import Any
from uuid import uuid4

import pytest

from media_server.tokens import TokenVerifier
from tests.control_api.streams.test_publishing import media_key
from tests.control_api.streams.test_watching import on_air
from tests.control_api.support.api import INTERNAL_TOKEN, Api, Reply
from tests.control_api.support.media_worker import SnapshotWriter


async def ask(api: Api, stream_id: str, worker_id: str = "edge-1", changed: dict[str, Any] | None = None) -> Reply:
    asked = {"stream_id": stream_id, "worker_id": worker_id} | (changed or {})
    return await api.send("POST", "/internal/relay", json=asked, token=INTERNAL_TOKEN)


async def test_an_edge_is_told_where_the_publisher_is_and_gets_a_token_for_it(api: Api, worker: SnapshotWriter) -> None:
    stream_id = await on_air(api, worker, await api.account("dj"))
    await worker.has_origin(stream_id, generation=3)
    reply = await ask(api, stream_id)
    assert reply.status == 200
    assert (reply.body["url"], reply.body["generation"]) == ("http://worker-1.internal:3100", 3)
    grant = TokenVerifier(media_key()).verify(reply.body["token"], "relay", stream_id=stream_id)
    assert grant.subject == "edge-1"
    assert reply.headers["Cache-Control"] == "no-store"


async def test_nothing_is_told_of_what_is_not_live_has_ended_or_is_the_askers_own(
    api: Api, worker: SnapshotWriter
) -> None:
    anna = await api.account("dj")
    assert (await ask(api, str(uuid4()))).code == "STREAM_NOT_FOUND"
    stream_id = await on_air(api, worker, anna)
    assert (await ask(api, stream_id)).code == "STREAM_NOT_LIVE"
    await worker.has_origin(stream_id)
    assert (await ask(api, stream_id, "worker-1")).code == "STREAM_NOT_LIVE"
    await api.post("/dj/end-stream", by=anna)
    reply = await ask(api, stream_id)
    assert (reply.status, reply.code) == (410, "STREAM_ENDED")


async def test_an_entry_that_makes_no_sense_is_no_origin(api: Api, worker: SnapshotWriter) -> None:
    stream_id = await on_air(api, worker, await api.account("dj"))
    await worker.has_origin(stream_id)
    await worker.valkey.hset(f"media:origin:{stream_id}", "generation", "many")
    assert (await ask(api, stream_id)).code == "STREAM_NOT_LIVE"


@pytest.mark.parametrize(
    "body", [{"stream_id": "x"}, {"worker_id": ""}, {"worker_id": "a b"}, {"stream_id": None}], ids=range(4)
)
async def test_a_question_that_makes_no_sense_is_refused(api: Api, body: dict[str, Any]) -> None:
    reply = await ask(api, str(uuid4()), changed=body)
    assert (reply.status, reply.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_who_does_not_have_the_token_finds_nothing(api: Api, token: str | None) -> None:
    reply = await api.send("POST", "/internal/relay", json={"stream_id": str(uuid4())}, token=token)
    assert (reply.status, reply.code) == (404, "NOT_FOUND")
