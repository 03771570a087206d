"""Claims about crates: names, what is in them, whose they are."""

import asyncio
from typing import Any

import pytest

from control_api.crates.service import MAX_CRATES
from tests.control_api.support.api import Account, Api
from tests.control_api.support.library import add_processing_track, add_track, library_titles

NOBODYS = "00000000-0000-4000-8000-000000000000"


async def make(api: Api, by: Account, name: str) -> str:
    return str((await api.post("/dj/crates", {"name": name}, by=by)).data["crate"]["id"])


async def test_crates_are_listed_by_name_with_what_they_hold(api: Api) -> None:
    anna = await api.account("dj")
    for name in ("émotion", "Zen", "afters"):
        await make(api, anna, name)
    crates = (await api.get("/dj/crates", by=anna)).data["crates"]
    assert [crate["name"] for crate in crates] == ["afters", "émotion", "Zen"]
    assert set(crates[0]) == {"id", "name", "trackCount", "createdAt"}
    assert (await api.get("/dj/crates", by=await api.account("dj"))).data["crates"] == []


async def test_a_track_is_in_a_crate_once_and_in_several_crates(api: Api) -> None:
    anna = await api.account("dj")
    track_id, one, two = await add_track(api, anna), await make(api, anna, "one"), await make(api, anna, "two")
    for crate_id in (one, one, two):
        reply = await api.send("PUT", f"/dj/crates/{crate_id}/tracks/{track_id}", by=anna)
        assert reply.data["crate"]["trackCount"] == 1
    assert (await api.get(f"/dj/track/{track_id}", by=anna)).data["track"]["crateIds"] == [one, two]
    for _ in range(2):
        gone = await api.send("DELETE", f"/dj/crates/{one}/tracks/{track_id}", by=anna)
        assert gone.data["crate"]["trackCount"] == 0
    assert (await api.get(f"/dj/track/{track_id}", by=anna)).data["track"]["crateIds"] == [two]


async def test_a_track_that_is_still_looked_at_may_be_put_into_a_crate(api: Api) -> None:
    anna = await api.account("dj")
    crate_id = await make(api, anna, "new")
    reply = await api.send("PUT", f"/dj/crates/{crate_id}/tracks/{await add_processing_track(api, anna)}", by=anna)
    assert reply.data["crate"]["trackCount"] == 1


async def test_a_crate_that_is_deleted_leaves_its_tracks(api: Api) -> None:
    anna = await api.account("dj")
    track_id, crate_id = await add_track(api, anna, "kept"), await make(api, anna, "gone")
    await api.send("PUT", f"/dj/crates/{crate_id}/tracks/{track_id}", by=anna)
    assert (await api.send("DELETE", f"/dj/crates/{crate_id}", by=anna)).status == 200
    assert await library_titles(api, anna) == ["kept"]
    again = await api.send("DELETE", f"/dj/crates/{crate_id}", by=anna)
    assert (again.status, again.code) == (404, "CRATE_NOT_FOUND")


async def test_a_name_is_a_djs_own_whatever_its_case(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    first, second = await make(api, anna, "Warm-up"), await make(api, anna, "Peak")
    await make(api, bert, "warm-up")
    reply = await api.post("/dj/crates", {"name": " WARM-UP "}, by=anna)
    assert (reply.status, reply.code) == (409, "CRATE_NAME_TAKEN")
    clash = await api.send("PATCH", f"/dj/crates/{second}", json={"name": "warm-up"}, by=anna)
    assert (clash.status, clash.code) == (409, "CRATE_NAME_TAKEN")
    renamed = await api.send("PATCH", f"/dj/crates/{first}", json={"name": "WARM-UP"}, by=anna)
    assert renamed.data["crate"]["name"] == "WARM-UP"


@pytest.mark.parametrize("name", ["", "   ", "\u202e", "x" * 101, None, 7], ids=str)
async def test_a_crate_has_a_name_that_can_be_read(api: Api, name: Any) -> None:
    reply = await api.post("/dj/crates", {"name": name}, by=await api.account("dj"))
    assert (reply.status, reply.code) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [("PATCH", "", {"name": "mine"}), ("DELETE", "", None), ("PUT", "/tracks/{track}", None),
     ("DELETE", "/tracks/{track}", None)],
    ids=["rename", "delete", "put", "take"],
)  # fmt: skip
async def test_the_crate_of_another_dj_does_not_exist(api: Api, method: str, rest: str, body: Any) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    crate_id = await make(api, anna, "anna's")
    path = rest.replace("{track}", await add_track(api, bert))
    for unreachable in (crate_id, NOBODYS):
        reply = await api.send(method, f"/dj/crates/{unreachable}{path}", json=body, by=bert)
        assert (reply.status, reply.code) == (404, "CRATE_NOT_FOUND")
    (crate,) = (await api.get("/dj/crates", by=anna)).data["crates"]
    assert (crate["name"], crate["trackCount"]) == ("anna's", 0)


async def test_the_track_of_another_dj_goes_into_no_crate(api: Api) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    crate_id, track_id = await make(api, anna, "anna's"), await add_track(api, bert)
    reply = await api.send("PUT", f"/dj/crates/{crate_id}/tracks/{track_id}", by=anna)
    assert (reply.status, reply.code) == (404, "TRACK_NOT_FOUND")


async def test_there_are_so_many_crates_and_no_more_even_when_asked_for_at_once(api: Api) -> None:
    anna = await api.account("dj")
    await api.execute(
        "insert into crate (dj_id, name, created_at) select $1, n::text, now() from generate_series(1, $2::int) n",
        anna.user_id,
        MAX_CRATES - 2,
    )
    replies = await asyncio.gather(*(api.post("/dj/crates", {"name": f"new {n}"}, by=anna) for n in range(6)))
    assert sorted(reply.status for reply in replies) == [201, 201, 409, 409, 409, 409]
    assert {reply.code for reply in replies if reply.status == 409} == {"TOO_MANY_CRATES"}


async def test_of_two_crates_of_one_name_at_once_one_is_made(api: Api) -> None:
    anna = await api.account("dj")
    replies = await asyncio.gather(*(api.post("/dj/crates", {"name": "same"}, by=anna) for _ in range(4)))
    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409]
