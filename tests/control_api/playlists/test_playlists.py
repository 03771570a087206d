"""Claims about playlists: order, names, whose they are."""

import asyncio
from typing import Any

import pytest

from control_api.playlists.service import MAX_PLAYLISTS, MAX_TRACKS
from tests.control_api.support.api import Account, Api, Reply
from tests.control_api.support.library import add_processing_track, add_track, library_titles

NOBODYS = "00000000-0000-4000-8000-000000000000"


async def make(api: Api, by: Account, name: str = "Friday") -> str:
    return str((await api.post("/dj/playlists", {"name": name}, by=by)).data["playlist"]["id"])


async def fill(api: Api, by: Account, playlist_id: str, track_ids: list[str]) -> Reply:
    return await api.send("PUT", f"/dj/playlists/{playlist_id}/tracks", json={"trackIds": track_ids}, by=by)


async def test_a_playlist_keeps_its_order_and_a_track_may_come_again(api: Api) -> None:
    anna = await api.account("dj")
    playlist_id = await make(api, anna)
    one, two = await add_track(api, anna, "one", duration_s=60.0), await add_track(api, anna, "two", duration_s=30.5)
    said = (await fill(api, anna, playlist_id, [two, one, two])).data
    assert [track["title"] for track in said["tracks"]] == ["two", "one", "two"]
    assert (said["playlist"]["trackCount"], said["playlist"]["durationS"]) == (3, 121.0)
    assert (await api.get(f"/dj/playlists/{playlist_id}", by=anna)).data == said
    assert (await api.get("/dj/playlists", by=anna)).data["playlists"] == [said["playlist"]]
    assert set(said["playlist"]) == {"id", "name", "trackCount", "durationS", "createdAt"}
    emptied = (await fill(api, anna, playlist_id, [])).data
    assert (emptied["tracks"], emptied["playlist"]["durationS"]) == ([], 0.0)


async def test_what_is_still_looked_at_has_no_length_yet(api: Api) -> None:
    anna = await api.account("dj")
    playlist_id = await make(api, anna)
    said = (await fill(api, anna, playlist_id, [await add_processing_track(api, anna)])).data
    assert (said["playlist"]["trackCount"], said["playlist"]["durationS"]) == (1, 0.0)


async def test_of_two_orders_at_once_one_stands_whole(api: Api) -> None:
    anna = await api.account("dj")
    playlist_id = await make(api, anna)
    tracks = [await add_track(api, anna, str(n)) for n in range(8)]
    orders = [tracks, tracks[::-1], tracks[::2] * 2, tracks[:3]]
    for _ in range(4):
        replies = await asyncio.gather(*(fill(api, anna, playlist_id, order) for order in orders))
        assert {reply.status for reply in replies} == {200}
        now = (await api.get(f"/dj/playlists/{playlist_id}", by=anna)).data["tracks"]
        assert [track["id"] for track in now] in orders


async def test_a_track_deleted_while_it_is_put_in_is_in_or_refused_and_never_half(api: Api) -> None:
    anna = await api.account("dj")
    playlist_id = await make(api, anna)
    kept = await add_track(api, anna, "kept")
    for _ in range(4):
        going = await add_track(api, anna, "going")
        filled, deleted = await asyncio.gather(
            fill(api, anna, playlist_id, [going, kept]), api.send("DELETE", f"/dj/track/{going}", by=anna)
        )
        assert deleted.status == 200
        assert filled.status in {200, 404}
        now = (await api.get(f"/dj/playlists/{playlist_id}", by=anna)).data["tracks"]
        assert [track["title"] for track in now] in ([], ["kept"])


async def test_a_playlist_takes_a_thousand_tracks_and_no_more(api: Api) -> None:
    anna = await api.account("dj")
    playlist_id, track_id = await make(api, anna), await add_track(api, anna)
    said = await fill(api, anna, playlist_id, [track_id] * MAX_TRACKS)
    assert said.data["playlist"]["trackCount"] == MAX_TRACKS
    too_many = await fill(api, anna, playlist_id, [track_id] * (MAX_TRACKS + 1))
    assert (too_many.status, too_many.code) == (422, "VALIDATION_ERROR")


async def test_names_are_a_djs_own_and_a_playlist_can_be_renamed_and_deleted(api: Api) -> None:
    anna = await api.account("dj")
    first, second = await make(api, anna, "Friday"), await make(api, anna, "Saturday")
    await fill(api, anna, first, [await add_track(api, anna, "kept")])
    taken = await api.post("/dj/playlists", {"name": "FRIDAY"}, by=anna)
    clash = await api.send("PATCH", f"/dj/playlists/{second}", json={"name": "friday"}, by=anna)
    assert [(reply.status, reply.code) for reply in (taken, clash)] == [(409, "PLAYLIST_NAME_TAKEN")] * 2
    renamed = await api.send("PATCH", f"/dj/playlists/{first}", json={"name": "Afters"}, by=anna)
    assert (renamed.data["playlist"]["name"], renamed.data["playlist"]["trackCount"]) == ("Afters", 1)
    assert (await api.send("DELETE", f"/dj/playlists/{first}", by=anna)).status == 200
    assert [item["name"] for item in (await api.get("/dj/playlists", by=anna)).data["playlists"]] == ["Saturday"]
    assert await library_titles(api, anna) == ["kept"]


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [("GET", "", None), ("PATCH", "", {"name": "mine"}), ("DELETE", "", None), ("PUT", "/tracks", {"trackIds": []})],
    ids=["get", "rename", "delete", "fill"],
)
async def test_the_playlist_of_another_dj_does_not_exist(api: Api, method: str, rest: str, body: Any) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    playlist_id = await make(api, anna, "anna's")
    await fill(api, anna, playlist_id, [await add_track(api, anna)])
    for unreachable in (playlist_id, NOBODYS):
        reply = await api.send(method, f"/dj/playlists/{unreachable}{rest}", json=body, by=bert)
        assert (reply.status, reply.code) == (404, "PLAYLIST_NOT_FOUND")
    (playlist,) = (await api.get("/dj/playlists", by=anna)).data["playlists"]
    assert (playlist["name"], playlist["trackCount"]) == ("anna's", 1)


async def test_a_track_of_another_dj_makes_the_whole_order_refused(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    playlist_id, own = await make(api, anna), await add_track(api, anna)
    await fill(api, anna, playlist_id, [own])
    reply = await fill(api, anna, playlist_id, [own, await add_track(api, bert)])
    assert (reply.status, reply.code) == (404, "TRACK_NOT_FOUND")
    assert len((await api.get(f"/dj/playlists/{playlist_id}", by=anna)).data["tracks"]) == 1


async def test_there_are_so_many_playlists_and_no_more(api: Api) -> None:
    anna = await api.account("dj")
    await api.execute(
        "insert into playlist (dj_id, name, created_at) select $1, n::text, now() from generate_series(1, $2::int) n",
        anna.user_id,
        MAX_PLAYLISTS - 1,
    )
    replies = await asyncio.gather(*(api.post("/dj/playlists", {"name": f"new {n}"}, by=anna) for n in range(3)))
    assert sorted(reply.status for reply in replies) == [201, 409, 409]
    assert {reply.code for reply in replies if reply.status == 409} == {"TOO_MANY_PLAYLISTS"}
