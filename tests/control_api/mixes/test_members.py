"""Claims about who is in a mix, and who leads it."""

import asyncio

import pytest

from tests.control_api.conftest import StartApi
from tests.control_api.mixes.conftest import invite, open_booth
from tests.control_api.support.api import Account, Api, Reply
from tests.control_api.support.media_worker import SnapshotWriter
from tests.control_api.support.mixer import MixerStandIn
from tests.support.waiting import eventually


async def remove(api: Api, mix_id: str, member: Account, by: Account) -> Reply:
    return await api.send("DELETE", f"/dj/mix/{mix_id}/members/{member.user_id}", by=by)


async def hand_over(api: Api, mix_id: str, to: Account, by: Account) -> Reply:
    return await api.post(f"/dj/mix/{mix_id}/hand-over", {"userId": str(to.user_id)}, by=by)


def members(reply: Reply) -> list[tuple[str, bool]]:
    return [(member["username"], member["isLead"]) for member in reply.data["mix"]["members"]]


async def test_the_lead_invites_by_name_whoever_is_a_dj(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna, bert, viewer = await api.account("dj"), await api.account("dj", name="Bert_B"), await api.account("viewer")
    mix_id = await open_booth(api, anna)
    reply = await api.post(f"/dj/mix/{mix_id}/members", {"username": "bert_b"}, by=anna)
    assert members(reply) == [(anna.username, True), ("Bert_B", False)]
    assert members(await api.post(f"/dj/mix/{mix_id}/members", {"username": "Bert_B"}, by=anna)) == members(reply)
    assert (await api.get("/dj/mix", by=bert)).data["mix"]["id"] == mix_id
    for name in (viewer.username, "nobody_at_all"):
        refused = await api.post(f"/dj/mix/{mix_id}/members", {"username": name}, by=anna)
        assert (refused.status, refused.code) == (404, "DJ_NOT_FOUND")
    assert (await api.post(f"/dj/mix/{mix_id}/members", {"username": anna.username}, by=bert)).code == "NOT_LEAD"


async def test_a_mix_has_only_so_many_members(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    for _ in range(7):
        await invite(api, mix_id, anna, await api.account("dj"))
    late = await api.account("dj")
    refused = await api.post(f"/dj/mix/{mix_id}/members", {"username": late.username}, by=anna)
    assert (refused.status, refused.code) == (409, "MIX_FULL")


async def test_the_lead_removes_others_and_others_remove_themselves(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, bert, cleo = [await api.account("dj") for _ in range(3)]
    mix_id = await open_booth(api, anna)
    for guest in (bert, cleo):
        await invite(api, mix_id, anna, guest)
    assert (await remove(api, mix_id, cleo, by=bert)).code == "NOT_LEAD"
    assert members(await remove(api, mix_id, cleo, by=anna)) == [(anna.username, True), (bert.username, False)]
    assert members(await remove(api, mix_id, bert, by=bert)) == [(anna.username, True)]
    assert (await remove(api, mix_id, bert, by=anna)).code == "MEMBER_NOT_FOUND"
    refused = await remove(api, mix_id, anna, by=anna)
    assert (refused.status, refused.code) == (409, "LEAD_STAYS")


async def test_who_was_removed_is_out_at_once_everywhere(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    await remove(api, mix_id, bert, by=anna)
    for call, body in (("enter", None), ("talk", None), ("load", {"deck": 0, "trackId": None})):
        assert (await api.post(f"/dj/mix/{mix_id}/{call}", body, by=bert)).code == "MIX_NOT_FOUND"
    assert (await api.get("/dj/mix", by=bert)).data == {"mix": None, "stream": None}
    dropped = {"command": "drop_viewer", "stream_id": mix_id, "viewer_id": str(bert.user_id)}
    assert dropped in await worker.commands()
    assert mixer.heard == []
    await invite(api, mix_id, anna, bert)
    assert (await api.post(f"/dj/mix/{mix_id}/enter", by=bert)).status == 200


async def test_who_is_in_a_booth_and_no_member_is_sent_out_of_it_again_and_again(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)

    async def dropped(user: Account) -> int:
        command = {"command": "drop_viewer", "stream_id": mix_id, "viewer_id": str(user.user_id)}
        return (await worker.commands()).count(command)

    async def is_dropped_twice(user: Account) -> bool:
        return await dropped(user) >= 2

    worker.booths[mix_id] = [str(anna.user_id), str(bert.user_id)]
    await eventually(lambda: is_dropped_twice(bert))
    assert await dropped(anna) == 0
    await invite(api, mix_id, anna, bert)
    await api.post(f"/dj/mix/{mix_id}/close", by=anna)
    await eventually(lambda: is_dropped_twice(anna))


async def test_handing_over_changes_the_lead_and_neither_the_stream_nor_its_creator(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    anna, bert, stranger = [await api.account("dj") for _ in range(3)]
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    await api.post("/dj/start-stream", {"title": "x"}, by=anna)
    before = (await api.get(f"/stream/{mix_id}")).data["stream"]
    assert (await hand_over(api, mix_id, stranger, by=anna)).code == "MEMBER_NOT_FOUND"
    assert members(await hand_over(api, mix_id, bert, by=anna)) == [(anna.username, False), (bert.username, True)]
    assert (await api.get(f"/stream/{mix_id}")).data["stream"] == before
    assert (await hand_over(api, mix_id, anna, by=anna)).code == "NOT_LEAD"
    assert (await api.post(f"/dj/mix/{mix_id}/close", by=anna)).code == "NOT_LEAD"
    again = await api.post("/dj/mix", by=anna)
    assert (again.status, again.data["mix"]["leadId"]) == (200, str(bert.user_id))
    await remove(api, mix_id, anna, by=anna)
    refused = await api.post("/dj/mix", by=anna)
    assert (refused.code, refused.body["error"]["details"]) == ("ALREADY_LIVE", {"streamId": mix_id})
    assert (await api.post("/dj/end-stream", by=anna)).data["stream"]["id"] == mix_id
    assert (await api.get("/dj/mix", by=bert)).data["mix"] is None


async def test_the_new_lead_takes_a_booth_on_air(api: Api, worker: SnapshotWriter, mixer: MixerStandIn) -> None:
    anna, bert = await api.account("dj"), await api.account("dj")
    mix_id = await open_booth(api, anna)
    await invite(api, mix_id, anna, bert)
    assert (await api.post("/dj/start-stream", {"title": "own"}, by=bert)).data["stream"]["id"] != mix_id
    await api.post("/dj/end-stream", by=bert)
    await hand_over(api, mix_id, bert, by=anna)
    assert (await api.post("/dj/start-stream", {"title": "x"}, by=bert)).data["stream"]["id"] == mix_id


async def test_handing_over_to_one_who_is_leaving_never_leaves_a_lead_who_is_no_member(
    start_api: StartApi, worker: SnapshotWriter, mixer: MixerStandIn
) -> None:
    nodes = [await start_api(), await start_api()]
    api, outcomes = nodes[0], set()
    for _ in range(8):
        anna, bert = await api.account("dj"), await api.account("dj")
        mix_id = await open_booth(api, anna)
        await invite(api, mix_id, anna, bert)
        handed, left = await asyncio.gather(
            hand_over(nodes[0], mix_id, bert, by=anna), remove(nodes[1], mix_id, bert, by=bert)
        )
        outcomes.add((handed.status, left.status))
        (row,) = await api.execute(
            "select exists (select from mix_member m where m.stream_id = x.stream_id and m.user_id = x.lead_id) as ok"
            " from mix x where x.stream_id = $1::text::uuid",
            mix_id,
        )
        assert row["ok"]
    assert outcomes <= {(200, 409), (404, 200)}


@pytest.mark.parametrize("body", [{}, {"username": ""}, {"username": "a b"}, {"username": 7}, {"username": "x" * 31}])
async def test_an_invitation_needs_a_name(
    api: Api, worker: SnapshotWriter, mixer: MixerStandIn, body: dict[str, object]
) -> None:
    anna = await api.account("dj")
    mix_id = await open_booth(api, anna)
    assert (await api.post(f"/dj/mix/{mix_id}/members", body, by=anna)).code == "VALIDATION_ERROR"
