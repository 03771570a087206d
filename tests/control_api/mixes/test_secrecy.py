"""Claims about who may know of a booth: its members, and nobody else in any way."""

from typing import Any
from uuid import uuid4

import pytest

from control_api.identity import Role
from tests.control_api.conftest import StartApi
from tests.control_api.mixes.conftest import invite, open_booth
from tests.control_api.support.api import Account, Api
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn

STREAM_CALLS = [
    ("GET", "/stream/{id}", None),
    ("POST", "/stream/{id}/join", None),
    ("POST", "/stream/{id}/publish", None),
    ("POST", "/stream/{id}/leave", {"viewerId": str(uuid4())}),
    ("GET", "/stream/{id}/viewers", None),
    ("POST", "/dj/end-stream", {"streamId": "{id}"}),
]
MIX_CALLS = [
    ("POST", "/dj/mix/{id}/enter", None),
    ("POST", "/dj/mix/{id}/talk", None),
    ("POST", "/dj/mix/{id}/load", {"deck": 0, "trackId": None}),
    ("POST", "/dj/mix/{id}/members", {"username": "somebody"}),
    ("DELETE", "/dj/mix/{id}/members/{user}", None),
    ("POST", "/dj/mix/{id}/hand-over", {"userId": "{user}"}),
    ("POST", "/dj/mix/{id}/close", None),
]


async def answers(api: Api, stream_id: str, user_id: str, by: Account | None, calls: list[Any]) -> list[Any]:
    """What the caller is told by each call, without what differs from request to request."""
    told = []
    for method, path, body in calls:
        path = path.replace("{id}", stream_id).replace("{user}", user_id)
        filled = {k: v.replace("{id}", stream_id).replace("{user}", user_id) if isinstance(v, str) else v
                  for k, v in body.items()} if body else None  # fmt: skip
        reply = await api.send(method, path, json=filled, by=by)
        told.append((method, path.replace(stream_id, "…"), reply.status, reply.body))
    return told


@pytest.mark.parametrize("state", ["scheduled", "closed before it started"])
@pytest.mark.parametrize("caller", ["anonymous", *Role])
async def test_others_are_told_of_a_booth_what_they_are_told_of_a_stream_that_never_was(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn, caller: str, state: str
) -> None:
    anna = await api.account("dj")
    stranger = None if caller == "anonymous" else await api.account(caller)
    mix_id = await open_booth(api, anna)
    # The media worker may say what it likes of its rooms.
    worker.room(mix_id, "live", viewers=3)
    await worker.write()
    if state != "scheduled":
        await api.post(f"/dj/mix/{mix_id}/close", by=anna)
    calls = STREAM_CALLS + MIX_CALLS
    user_id = str(anna.user_id)
    assert await answers(api, mix_id, user_id, stranger, calls) == await answers(
        api, str(uuid4()), user_id, stranger, calls
    )
    listed = (await api.get("/stream/live")).data
    assert (listed["streams"], listed["total"]) == ([], 0)
    assert (await api.get("/stream/live?search=untitled")).data["total"] == 0


async def test_members_read_their_booth_and_nobody_watches_it(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    for member in (anna, bert):
        assert (await api.get(f"/stream/{mix_id}", by=member)).data["stream"]["status"] == "scheduled"
        assert (await api.post(f"/stream/{mix_id}/join", by=member)).code == "STREAM_NOT_FOUND"
    await api.send("DELETE", f"/dj/mix/{mix_id}/members/{bert.user_id}", by=anna)
    assert (await api.get(f"/stream/{mix_id}", by=bert)).code == "STREAM_NOT_FOUND"


async def test_of_a_mix_on_air_others_may_watch_and_no_more(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, mallory = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)
    await api.post("/dj/start-stream", {"title": "x"}, by=anna)
    assert (await api.post(f"/stream/{mix_id}/join", by=mallory)).status == 200
    told = await answers(api, mix_id, str(anna.user_id), mallory, MIX_CALLS)
    assert {body["error"]["code"] for _, _, _, body in told} == {"MIX_NOT_FOUND"}
    assert (await api.post("/dj/end-stream", {"streamId": mix_id}, by=mallory)).code == "FORBIDDEN"


async def test_no_route_of_a_mix_says_which_mixer_runs_it_or_shows_its_feed(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    api = await start_api()
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    for reply in (await api.get("/dj/mix", by=anna), await api.post(f"/dj/mix/{mix_id}/enter", by=anna)):
        text = str(reply.data)
        assert mixer.mixer_id not in text
        assert "/feed/" not in text
