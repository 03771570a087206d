"""Claims about the queue: order under requests that come at once, and what mixes see of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from control_api.clock import utc_now
from control_api.db.pool import Database
from control_api.identity import UserId
from control_api.jobs.service import JobQueue
from control_api.play_queue.models import EntryId
from control_api.play_queue.service import MAX_ENTRIES, QueueService
from control_api.tracks.ports import NobodyPlays
from control_api.tracks.service import TracksService
from tests.control_api.support.api import Account, Api, Reply
from tests.control_api.support.library import add_held_track, add_processing_track, add_track

NOBODYS = UUID("00000000-0000-4000-8000-000000000000")


async def add(api: Api, by: Account, *track_ids: str, position: int | None = None) -> Reply:
    """Queue one after the other, so that the first is at `position` in the end; the last reply."""
    for n, track_id in enumerate(track_ids):
        where = {} if position is None else {"position": position + n}
        reply = await api.post("/dj/queue", {"trackId": track_id, **where}, by=by)
        if reply.status != 201:
            break
    return reply


async def order(api: Api, by: Account, entry_ids: list[str]) -> Reply:
    return await api.send("PUT", "/dj/queue/order", json={"entryIds": entry_ids}, by=by)


async def entries(api: Api, by: Account) -> list[dict[str, Any]]:
    return list((await api.get("/dj/queue", by=by)).data["entries"])


async def titles(api: Api, by: Account) -> str:
    return "".join(entry["track"]["title"] for entry in await entries(api, by))


async def library(api: Api, by: Account, names: str) -> list[str]:
    return [await add_track(api, by, name) for name in names]


async def test_tracks_are_queued_at_the_end_or_where_they_are_wanted(api: Api) -> None:
    anna = await api.account("dj")
    a, b, c, d, e = await library(api, anna, "abcde")
    said = await add(api, anna, a, b)
    assert said.status == 201
    assert set(said.data["entries"][0]) == {"id", "addedAt", "track"}
    await add(api, anna, c, position=0)
    await add(api, anna, d, e, position=2)
    await add(api, anna, a, position=500)
    assert await titles(api, anna) == "cadeba"


async def test_an_entry_is_taken_out_by_its_own_id_so_that_a_track_may_be_in_it_twice(api: Api) -> None:
    anna = await api.account("dj")
    a, b = await library(api, anna, "ab")
    queue = (await add(api, anna, a, b, a)).data["entries"]
    left = await api.send("DELETE", f"/dj/queue/{queue[0]['id']}", by=anna)
    assert [entry["track"]["title"] for entry in left.data["entries"]] == ["b", "a"]
    again = await api.send("DELETE", f"/dj/queue/{queue[0]['id']}", by=anna)
    assert (again.status, again.code) == (404, "QUEUE_ENTRY_NOT_FOUND")
    assert (await api.send("DELETE", "/dj/queue", by=anna)).data["entries"] == []
    assert await titles(api, anna) == ""


async def test_the_order_is_set_by_naming_every_entry_once(api: Api) -> None:
    anna = await api.account("dj")
    queue = (await add(api, anna, *await library(api, anna, "abcd"))).data["entries"]
    ids = [entry["id"] for entry in queue]
    said = await order(api, anna, ids[::-1])
    assert "".join(entry["track"]["title"] for entry in said.data["entries"]) == "dcba" == await titles(api, anna)
    for wrong in (ids[:3], [*ids, str(uuid4())], [ids[0], *ids[:3]], [*ids[:3], str(uuid4())], []):
        reply = await order(api, anna, wrong)
        assert (reply.status, reply.code) == (409, "QUEUE_CHANGED")
        assert reply.body["error"]["details"]["entryIds"] == ids[::-1]
    assert await titles(api, anna) == "dcba"


async def test_of_two_orders_at_once_one_stands_whole(api: Api) -> None:
    anna = await api.account("dj")
    queue = (await add(api, anna, *await library(api, anna, "abcdef"))).data["entries"]
    ids = [entry["id"] for entry in queue]
    orders = [ids[::-1], ids[3:] + ids[:3], ids[::2] + ids[1::2]]
    for _ in range(4):
        replies = await asyncio.gather(*(order(api, anna, wanted) for wanted in orders))
        assert {reply.status for reply in replies} == {200}
        assert [entry["id"] for entry in await entries(api, anna)] in orders


async def test_changes_of_every_kind_at_once_lose_nothing_and_leave_an_order(api: Api) -> None:
    anna = await api.account("dj")
    a, b = await library(api, anna, "ab")
    queue = (await add(api, anna, a, a, a, a)).data["entries"]
    ids = [entry["id"] for entry in queue]
    replies = await asyncio.gather(
        *(add(api, anna, b, position=0) for _ in range(5)),
        *(api.send("DELETE", f"/dj/queue/{entry_id}", by=anna) for entry_id in ids[:2]),
        order(api, anna, ids[::-1]),
    )
    assert {reply.status for reply in replies[:5]} == {201}
    assert {reply.status for reply in replies[5:7]} == {200}
    assert replies[7].status in {200, 409}
    assert sorted(await titles(api, anna)) == list("aabbbbb")
    rows = await api.execute("select count(distinct position) as places, count(*) as entries from queue_entry")
    assert rows[0]["places"] == rows[0]["entries"]


async def test_the_queue_takes_so_many_entries_and_no_more(api: Api) -> None:
    anna = await api.account("dj")
    track_id = await add_track(api, anna, "a")
    await api.execute(
        "insert into queue_entry (dj_id, track_id, position, added_at)"
        " select $1, $2, n, now() from generate_series(1, $3::int) n",
        anna.user_id,
        UUID(track_id),
        MAX_ENTRIES - 2,
    )
    replies = await asyncio.gather(*(add(api, anna, track_id) for _ in range(4)))
    assert sorted(reply.status for reply in replies) == [201, 201, 409, 409]
    assert {reply.code for reply in replies if reply.status == 409} == {"QUEUE_FULL"}
    assert len(await entries(api, anna)) == MAX_ENTRIES


async def test_tracks_deleted_while_the_queue_is_changed_go_and_nothing_gets_stuck(api: Api) -> None:
    anna = await api.account("dj")
    for _ in range(3):
        a, b = await library(api, anna, "ab")
        queue = (await add(api, anna, a, b, a, b, a)).data["entries"]
        replies = await asyncio.gather(
            add(api, anna, b, position=0),
            order(api, anna, [entry["id"] for entry in queue[::-1]]),
            api.send("DELETE", f"/dj/track/{a}", by=anna),
            add(api, anna, b, position=2),
        )
        assert [replies[at].status for at in (0, 2, 3)] == [201, 200, 201]
        assert replies[1].status in {200, 409}
        assert await titles(api, anna) == "bbbb"
        await api.send("DELETE", "/dj/queue", by=anna)


@pytest.mark.parametrize(
    "body",
    [{}, {"trackId": "x"}, {"trackIds": [str(NOBODYS)]}, {"trackId": str(NOBODYS), "position": -1},
     {"trackId": str(NOBODYS), "position": 1.5}],
    ids=["nothing", "no_id", "several", "before_the_first", "between"],
)  # fmt: skip
async def test_a_request_that_makes_no_sense_is_refused(api: Api, body: Any) -> None:
    reply = await api.post("/dj/queue", body, by=await api.account("dj"))
    assert (reply.status, reply.code) == (422, "VALIDATION_ERROR")


async def test_the_queue_and_the_tracks_of_another_dj_are_out_of_reach(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    (a,) = await library(api, anna, "a")
    (entry,) = (await add(api, anna, a)).data["entries"]
    assert await entries(api, bert) == []
    taken = await api.send("DELETE", f"/dj/queue/{entry['id']}", by=bert)
    assert (taken.status, taken.code) == (404, "QUEUE_ENTRY_NOT_FOUND")
    assert (await order(api, bert, [entry["id"]])).code == "QUEUE_CHANGED"
    await api.send("DELETE", "/dj/queue", by=bert)
    strange = await add(api, bert, a)
    assert (strange.status, strange.code) == (404, "TRACK_NOT_FOUND")
    assert (await titles(api, anna), await titles(api, bert)) == ("a", "")


class Listener:
    def __init__(self) -> None:
        self.told: list[UserId] = []

    async def queue_changed(self, dj_id: UserId) -> None:
        self.told.append(dj_id)


@pytest.fixture
async def database(api: Api) -> AsyncIterator[Database]:
    database = Database(api.settings.database_url.get_secret_value(), size=3, timeout_s=5, command_timeout_s=5)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def queue(database: Database, listener: Listener) -> QueueService:
    tracks = TracksService(database, JobQueue(database, utc_now), NobodyPlays())
    return QueueService(database, tracks, listener, utc_now)


async def test_mixes_get_what_can_be_played_next_and_nothing_else(api: Api, queue: QueueService) -> None:
    anna = await api.account("dj")
    a, b = await library(api, anna, "ab")
    said = await add(api, anna, await add_processing_track(api, anna), a, await add_held_track(api, anna), b, a)
    following = await queue.next_entries(UserId(anna.user_id), 2)
    assert [item.track.title for item in following] == ["a", "b"]
    spec = json.loads(json.dumps(following[0].to_json()))
    assert spec["entry_id"] == said.data["entries"][1]["id"]
    assert spec["track"]["track_id"] == a
    assert await queue.next_entries(UserId(uuid4()), 20) == []


async def test_what_was_played_goes_once_and_the_rest_keeps_its_order(
    api: Api, queue: QueueService, database: Database
) -> None:
    anna = await api.account("dj")
    said = (await add(api, anna, *await library(api, anna, "abc"))).data["entries"]
    for _ in range(2):
        async with database.transaction() as connection:
            await queue.remove_played(connection, EntryId(UUID(said[0]["id"])))
    assert await titles(api, anna) == "bc"
    await add(api, anna, *await library(api, anna, "d"), position=1)
    assert await titles(api, anna) == "bdc"


async def test_mixes_are_told_of_every_change(api: Api, queue: QueueService, listener: Listener) -> None:
    anna = await api.account("dj")
    owner = UserId(anna.user_id)
    (a,) = await library(api, anna, "a")
    (queued,) = (await add(api, anna, a)).data["entries"]
    await queue.reorder(owner, [EntryId(UUID(queued["id"]))])
    await queue.remove(owner, EntryId(UUID(queued["id"])))
    await queue.clear(owner)
    assert listener.told == [owner] * 3
