"""Claims about tracks that are held: what moderators see, decide and say, and what the DJ hears of it."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from tests.control_api.support.api import Account, Api, Reply
from tests.control_api.support.library import AUDIO, add_held_track, add_track, add_track_with_files

REASON = "The label has given its consent."


@pytest.fixture
async def admin(api: Api) -> Account:
    return await api.account("admin")


async def add_claim(api: Api, title: str = "Their Song") -> UUID:
    (row,) = await api.execute(
        "insert into claimed_work (title, claimant, fingerprint, duration_s, created_at)"
        " values ($1, 'Big Records', array[1, 2, 3], 30, now()) returning id",
        title,
    )
    return UUID(str(row["id"]))


async def held_with_files(api: Api, dj: Account, title: str = "Mine") -> str:
    return await add_track_with_files(
        api, dj, title, status="held", problem_code="COPYRIGHT_CLAIM", problem_message="Somebody claims it."
    )


async def decide(api: Api, admin: Account, track_id: str, outcome: str, reason: str = REASON) -> Reply:
    return await api.post(f"/admin/tracks/{track_id}/{outcome}", {"reason": reason}, by=admin)


async def track_of(api: Api, dj: Account, track_id: str) -> dict[str, object]:
    track: dict[str, object] = (await api.get(f"/dj/track/{track_id}", by=dj)).data["track"]
    return track


async def test_who_waits_longest_comes_first_with_what_is_claimed(api: Api, admin: Account) -> None:
    dj, claim_id = await api.account("dj"), await add_claim(api)
    await add_track(api, dj, "Ready")
    plain = await add_held_track(api, dj, "Without a claim")
    await api.execute("update track set upload_date = upload_date + interval '1 hour' where id = $1", UUID(plain))
    found = {"claimId": str(claim_id), "claimSeconds": 17.5}
    first = await add_track(
        api, dj, "Longest", status="held", problem_code="COPYRIGHT_CLAIM", problem_message="A.", scan_results=found
    )
    page = (await api.get("/admin/tracks/held?perPage=1", by=admin)).data
    assert page["pagination"]["total"] == 2
    (held,) = page["items"]
    assert (held["id"], held["title"], held["djName"]) == (first, "Longest", dj.username)
    assert held["claim"] == {
        "id": str(claim_id), "title": "Their Song", "claimant": "Big Records", "seconds": 17.5
    }  # fmt: skip
    (second,) = (await api.get("/admin/tracks/held?perPage=1&page=2", by=admin)).data["items"]
    assert (second["id"], second["claim"]) == (plain, None)


async def test_a_moderator_hears_what_is_held_and_nothing_else(api: Api, admin: Account) -> None:
    dj = await api.account("dj")
    held, ready = await held_with_files(api, dj), await add_track_with_files(api, dj)
    assert (await api.get(f"/admin/tracks/{held}/audio", by=admin)).body == AUDIO
    assert (await api.get(f"/admin/tracks/{ready}/audio", by=admin)).code == "TRACK_NOT_HELD"
    assert (await api.get(f"/admin/tracks/{uuid4()}/audio", by=admin)).code == "TRACK_NOT_FOUND"


async def test_a_released_track_is_its_djs_again_with_the_reason(api: Api, admin: Account, valkey_url: str) -> None:
    dj = await api.account("dj")
    track_id = await held_with_files(api, dj)
    async with Redis.from_url(valkey_url, decode_responses=True) as valkey, valkey.pubsub() as news:
        await news.subscribe(f"library:{dj.user_id}")
        await news.get_message(timeout=5.0)
        decided = (await decide(api, admin, track_id, "release")).data["track"]
        message = await news.get_message(timeout=5.0)
    assert message is not None
    assert json.loads(message["data"]) == {"trackId": track_id, "status": "ready"}
    assert (decided["id"], decided["status"], decided["decision"]["reason"]) == (track_id, "ready", REASON)
    track = await track_of(api, dj, track_id)
    assert (track["status"], track["problem"], track["decision"]) == ("ready", None, decided["decision"])
    assert (await api.get(f"/dj/track/{track_id}/download", by=dj)).body == AUDIO


async def test_of_a_rejected_track_only_the_reason_is_kept(api: Api, admin: Account) -> None:
    dj = await api.account("dj")
    track_id = await held_with_files(api, dj)
    await api.execute(
        "insert into track_fingerprint (track_id, fingerprint, duration_s) values ($1, '{1}', 30)", UUID(track_id)
    )
    assert (await decide(api, admin, track_id, "reject", "No licence was shown.")).data["track"]["status"] == "rejected"
    track = await track_of(api, dj, track_id)
    assert track["problem"] == {
        "code": "COPYRIGHT_CLAIM",
        "message": "A moderator has refused this track: No licence was shown.",
    }
    assert (track["fileUrl"], track["hasCover"]) == (None, False)
    (row,) = await api.execute(
        "select content_id, original_key, audio_key, audio_bytes, cover_key, waveform_key from track"
    )
    assert list(row) == [None] * 6
    assert await api.execute("select from track_fingerprint") == []
    (job,) = await api.execute("select kind, payload::text from job")
    assert job["kind"] == "delete_objects"
    assert track_id in job["payload"]
    assert (await api.get("/dj/storage", by=dj)).data["usedBytes"] == 0


async def test_a_track_is_decided_upon_once(api: Api, admin: Account) -> None:
    dj, other = await api.account("dj"), await api.account("admin")
    track_id = await add_held_track(api, dj)
    assert (await decide(api, admin, track_id, "release")).status == 200
    for outcome in ("reject", "release"):
        refused = await decide(api, other, track_id, outcome)
        assert (refused.status, refused.code) == (409, "TRACK_NOT_HELD")
    assert (await decide(api, admin, str(uuid4()), "release")).code == "TRACK_NOT_FOUND"


async def test_it_is_kept_who_decided_what_when_and_why_also_when_the_account_is_gone(api: Api, admin: Account) -> None:
    dj, claim_id = await api.account("dj"), await add_claim(api)
    first = await add_track(
        api, dj, "One", status="held", problem_code="X", problem_message="A.", scan_results={"claimId": str(claim_id)}
    )
    second = await add_held_track(api, dj, "Two")
    await decide(api, admin, first, "release")
    await decide(api, admin, second, "reject", "Second reason.")
    await api.execute("delete from app_user where id = $1", dj.user_id)
    page = (await api.get("/admin/acts", by=admin)).data
    assert [(act["act"], act["title"], act["reason"]) for act in page["items"]] == [
        ("track_rejected", "Two", "Second reason."),
        ("track_released", "One", REASON),
    ]
    assert {act["moderatorName"] for act in page["items"]} == {admin.username}
    assert [act["trackId"] for act in page["items"]] == [second, first]
    assert [act["claimId"] for act in page["items"]] == [None, str(claim_id)]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " \u202e "}, {"reason": "x" * 301}, {"reason": 7}])
async def test_a_decision_needs_a_reason_that_can_be_read(api: Api, admin: Account, body: dict[str, object]) -> None:
    track_id = await add_held_track(api, await api.account("dj"))
    for outcome in ("release", "reject"):
        assert (await api.post(f"/admin/tracks/{track_id}/{outcome}", body, by=admin)).code == "VALIDATION_ERROR"
    assert (await api.get("/admin/tracks/held", by=admin)).data["pagination"]["total"] == 1
