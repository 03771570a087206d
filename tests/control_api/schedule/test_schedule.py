"""Claims about streams that are announced."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.control_api.mixes.conftest import open_booth
from tests.control_api.support.api import Account, Announcements, Api, MovingClock
from tests.control_api.support.encoder import ask, let_in, new_key
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn, running_mixer
from tests.support.waiting import eventually


def in_(**duration: float) -> str:
    return (datetime.now(UTC) + timedelta(**duration)).isoformat(timespec="seconds").replace("+00:00", "Z")


async def announce(api: Api, by: Account, title: str = "Friday night", **body: Any) -> dict[str, Any]:
    wish = {"title": title, "startsAt": in_(hours=5), **body}
    stream: dict[str, Any] = (await api.post("/stream/schedule", wish, by=by)).data["stream"]
    return stream


async def test_what_is_announced_is_there_for_everybody(api: Api) -> None:
    anna = await api.account("performer")
    at = in_(hours=5)
    stream = await announce(api, anna, description="Bring a friend", startsAt=at)
    assert (stream["status"], stream["mediaState"], stream["scheduledFor"]) == ("scheduled", "waiting", at)
    assert (await api.get(f"/stream/{stream['id']}")).data["stream"] == stream
    assert (await api.get("/stream/upcoming")).data["streams"] == [stream]
    assert (await api.get("/stream/schedule", by=anna)).data["streams"] == [stream]
    assert (await api.get("/stream/schedule", by=await api.account("dj"))).data["streams"] == []
    assert (await api.get("/stream/live")).data["streams"] == []
    assert (await api.get("/stream/current", by=anna)).data["stream"] is None


async def test_nobody_joins_or_publishes_before_it_begins(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("dj")
    stream = await announce(api, anna)
    for path, body, by in (
        (f"/stream/{stream['id']}/join", None, None),
        (f"/stream/{stream['id']}/publish", None, anna),
        ("/dj/end-stream", {"streamId": stream["id"]}, anna),
    ):
        reply = await api.post(path, body, by=by)
        assert (reply.status, reply.code) == (409, "STREAM_NOT_BEGUN")
    reply = await api.post("/stream/chat/message", {"streamId": stream["id"], "text": "hi"}, by=anna)
    assert reply.code == "CHAT_NOT_OPEN"


async def test_the_next_comes_first(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("performer")
    for by, hours in ((anna, 7), (bert, 3), (anna, 5)):
        await announce(api, by, f"in {hours}", startsAt=in_(hours=hours))
    streams = (await api.get("/stream/upcoming")).data["streams"]
    assert [stream["title"] for stream in streams] == ["in 3", "in 5", "in 7"]


@pytest.mark.parametrize(
    "body",
    [{"startsAt": None}, {"startsAt": in_(hours=-1)}, {"startsAt": in_(days=400)}, {"startsAt": "tomorrow"},
     {"startsAt": "2099-01-01T20:00:00"}, {"title": ""}, {"title": "x" * 121}, {"record": "yes"}, {"price": 1}],
    ids=range(9),
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(api: Api, body: dict[str, Any]) -> None:
    wish = {"title": "x", "startsAt": in_(hours=1)} | body
    assert (await api.post("/stream/schedule", wish, by=await api.account("dj"))).code == "VALIDATION_ERROR"


async def test_there_are_twenty_at_most(api: Api) -> None:
    anna = await api.account("dj")
    for _ in range(20):
        await announce(api, anna)
    reply = await api.post("/stream/schedule", {"title": "x", "startsAt": in_(hours=1)}, by=anna)
    assert reply.code == "TOO_MANY_SCHEDULED"


async def test_an_announcement_is_changed_and_those_who_wait_are_told(api: Api, announcements: Announcements) -> None:
    anna = await api.account("dj")
    stream = await announce(api, anna)
    at = in_(hours=9)
    path = f"/stream/schedule/{stream['id']}"
    changed = (await api.send("PATCH", path, json={"title": "Later", "startsAt": at}, by=anna)).data["stream"]
    assert changed == stream | {"title": "Later", "scheduledFor": at, "startTime": at}
    assert [str(state.stream_id) for state in announcements.states] == [stream["id"]]


async def test_what_was_called_off_never_was(api: Api, announcements: Announcements) -> None:
    anna = await api.account("dj")
    stream = await announce(api, anna)
    assert (await api.send("DELETE", f"/stream/schedule/{stream['id']}", by=anna)).status == 200
    assert (await api.get(f"/stream/{stream['id']}")).code == "STREAM_NOT_FOUND"
    assert (await api.get("/stream/upcoming")).data["streams"] == []
    assert announcements.states[-1].status == "ended"
    again = await api.send("DELETE", f"/stream/schedule/{stream['id']}", by=anna)
    assert again.code == "STREAM_NOT_FOUND"


async def test_others_change_and_call_off_nothing(api: Api) -> None:
    stream = await announce(api, await api.account("dj"))
    mallory = await api.account("dj")
    for method in ("PATCH", "DELETE"):
        path = f"/stream/schedule/{stream['id']}"
        assert (await api.send(method, path, json={"title": "x"}, by=mallory)).code == "FORBIDDEN"
        assert (await api.send(method, f"/stream/schedule/{uuid4()}", json={}, by=mallory)).code == "STREAM_NOT_FOUND"


@pytest.mark.parametrize("role", ["dj", "performer"])
async def test_it_begins_from_the_browser(
    api: Api, worker: SnapshotWriter, announcements: Announcements, role: str
) -> None:
    anna = await api.account(role)
    stream = await announce(api, anna, description="As said")
    started = (await api.post(f"/{role}/start-stream", {"streamId": stream["id"]}, by=anna)).data
    assert started["stream"]["id"] == stream["id"]
    assert (started["stream"]["title"], started["stream"]["description"]) == ("Friday night", "As said")
    assert (started["stream"]["status"], started["publish"]["generation"]) == ("live", 1)
    assert started["publish"]["whipUrl"].endswith(f"/whip/{stream['id']}")
    assert announcements.states[-1].status == "live"
    assert (await api.get("/stream/upcoming")).data["streams"] == []
    again = await api.post(f"/{role}/start-stream", {"streamId": stream["id"]}, by=anna)
    assert again.code == "ALREADY_LIVE"


async def test_it_begins_with_other_words(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("performer")
    stream = await announce(api, anna)
    body = {"streamId": stream["id"], "title": "Now", "description": "and here"}
    started = (await api.post("/performer/start-stream", body, by=anna)).data["stream"]
    assert (started["title"], started["description"]) == ("Now", "and here")


async def test_a_stream_that_begins_needs_a_title_or_an_announcement(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("performer")
    reply = await api.post("/performer/start-stream", {}, by=anna)
    assert reply.code == "VALIDATION_ERROR"
    assert reply.body["error"]["details"]["fields"][0]["field"] == "title"


async def test_nobody_begins_what_another_announced(api: Api, worker: SnapshotWriter) -> None:
    stream = await announce(api, await api.account("dj"))
    mallory = await api.account("dj")
    assert (await api.post("/dj/start-stream", {"streamId": stream["id"]}, by=mallory)).code == "FORBIDDEN"
    assert (await api.post("/dj/start-stream", {"streamId": str(uuid4())}, by=mallory)).code == "STREAM_NOT_FOUND"


async def test_what_is_announced_stands_in_nobodys_way(api: Api, worker: SnapshotWriter, valkey_url: str) -> None:
    anna = await api.account("dj")
    stream = await announce(api, anna)
    await announce(api, anna)
    other = (await api.post("/dj/start-stream", {"title": "Spontaneous"}, by=anna)).data["stream"]
    assert other["id"] != stream["id"]
    reply = await api.post("/dj/start-stream", {"streamId": stream["id"]}, by=anna)
    assert (reply.code, reply.body["error"]["details"]["streamId"]) == ("ALREADY_LIVE", other["id"])
    await api.post("/dj/end-stream", by=anna)
    async with running_mixer(MixerStandIn(valkey_url, "mixer-1")):
        booth = await open_booth(api, anna)
        assert (await api.get("/stream/current", by=anna)).data["stream"]["id"] == booth
        # A booth is nobody's business, whatever its DJ has announced.
        assert (await api.get(f"/stream/{booth}")).code == "STREAM_NOT_FOUND"
        listed = (await api.get("/stream/upcoming")).data["streams"]
        assert booth not in [item["id"] for item in listed]
        assert (await api.send("DELETE", f"/stream/schedule/{booth}", by=anna)).code == "STREAM_NOT_FOUND"
        assert (await api.send("PATCH", f"/stream/schedule/{booth}", json={}, by=anna)).code == "STREAM_NOT_FOUND"


@pytest.mark.parametrize(("minutes", "is_meant"), [(31, False), (29, True), (5, True)])
async def test_an_encoder_means_what_is_announced_for_about_now(
    api: Api, worker: SnapshotWriter, announcements: Announcements, minutes: int, is_meant: bool
) -> None:
    anna = await api.account("dj")
    _, secret = await new_key(api, anna)
    await announce(api, anna, "Tomorrow", startsAt=in_(days=1))
    stream = await announce(api, anna, startsAt=in_(minutes=minutes))
    grant = await let_in(api, secret)
    assert (grant["streamId"] == stream["id"]) is is_meant
    if is_meant:
        live = (await api.get(f"/stream/{stream['id']}")).data["stream"]
        assert (live["status"], live["title"], live["ingest"]) == ("live", "Friday night", "rtmp")
        assert announcements.states[-1].status == "live"
        assert (await let_in(api, secret))["generation"] == grant["generation"] + 1


async def test_an_encoder_that_comes_late_begins_it_all_the_same(
    api: Api, worker: SnapshotWriter, clock: MovingClock
) -> None:
    anna = await api.account("dj")
    _, secret = await new_key(api, anna)
    stream = await announce(api, anna, startsAt=in_(minutes=10))
    clock.advance(minutes=60)
    assert (await let_in(api, secret))["streamId"] == stream["id"]


async def test_what_has_not_begun_an_hour_after_its_time_does_not_begin_any_more(
    api: Api, worker: SnapshotWriter, clock: MovingClock, announcements: Announcements
) -> None:
    anna = await api.account("dj")
    _, secret = await new_key(api, anna)
    stream = await announce(api, anna, startsAt=in_(minutes=10))
    clock.advance(minutes=71)

    async def is_over() -> bool:
        found = (await api.get(f"/stream/{stream['id']}")).data["stream"]
        return (found["status"], found["endedReason"]) == ("ended", "never_published")

    await eventually(is_over)
    assert announcements.states[-1].ended_reason == "never_published"
    assert (await let_in(api, secret))["streamId"] != stream["id"]
    assert (await ask(api, secret)).status == 200


async def test_it_is_recorded_when_it_begins_if_that_was_said(api: Api, worker: SnapshotWriter) -> None:
    anna = await api.account("performer")
    stream = await announce(api, anna)
    assert (await api.post(f"/stream/{stream['id']}/recording", {"on": True}, by=anna)).status == 200
    await api.post("/performer/start-stream", {"streamId": stream["id"]}, by=anna)

    async def is_recorded() -> bool:
        [row] = await api.execute("select recording_id from stream where id = $1", stream["id"])
        return row["recording_id"] is not None

    await eventually(is_recorded)
