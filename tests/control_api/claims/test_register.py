"""Claims about the register of claimed works: how works come into it, and out."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.control_api.support.api import Account, Api
from tests.control_api.support.library import add_track

NUMBERS = list(range(1, 101))
WORDS = {"title": "Their Song", "claimant": "Big Records", "reason": "They showed their contract."}


@pytest.fixture
async def admin(api: Api) -> Account:
    return await api.account("admin")


async def stored(api: Api, claim_id: str) -> tuple[list[int], float]:
    (row,) = await api.execute("select fingerprint, duration_s from claimed_work where id = $1", UUID(claim_id))
    return list(row["fingerprint"]), row["duration_s"]


async def test_a_work_is_claimed_by_its_fingerprint(api: Api, admin: Account) -> None:
    reply = await api.post("/admin/claims", WORDS | {"fingerprint": [*NUMBERS, 2**32 - 1, -5]}, by=admin)
    assert reply.status == 201
    claim = reply.data["claim"]
    assert (claim["title"], claim["claimant"], claim["withdrawnAt"], claim["heldTracks"]) == (
        "Their Song", "Big Records", None, 0,
    )  # fmt: skip
    fingerprint, duration_s = await stored(api, claim["id"])
    assert fingerprint == [*NUMBERS, -1, -5]
    assert duration_s == claim["durationS"] == pytest.approx(102 / 8.07, rel=0.01)
    (job,) = await api.execute("select kind, payload::text from job")
    assert job["kind"] == "compare_claim"
    assert claim["id"] in job["payload"]


async def test_a_work_is_claimed_by_a_track_that_is_here(api: Api, admin: Account) -> None:
    track_id = await add_track(api, await api.account("dj"))
    refused = await api.post("/admin/claims", WORDS | {"trackId": track_id}, by=admin)
    assert (refused.status, refused.code) == (409, "NOTHING_TO_COMPARE")
    await api.execute(
        "insert into track_fingerprint (track_id, fingerprint, duration_s) values ($1, $2, 61.5)",
        UUID(track_id),
        NUMBERS,
    )
    claim = (await api.post("/admin/claims", WORDS | {"trackId": track_id}, by=admin)).data["claim"]
    assert await stored(api, claim["id"]) == (NUMBERS, 61.5)


@pytest.mark.parametrize(
    "body",
    [
        WORDS,
        WORDS | {"trackId": str(uuid4()), "fingerprint": NUMBERS},
        WORDS | {"fingerprint": NUMBERS[:10]},
        WORDS | {"fingerprint": [*NUMBERS, 2**32]},
        WORDS | {"fingerprint": [*NUMBERS, "7"]},
        WORDS | {"fingerprint": [1] * 5_001},
        {name: WORDS[name] for name in ("title", "claimant")} | {"fingerprint": NUMBERS},
    ],
    ids=["neither", "both", "short", "large number", "text", "long", "no reason"],
)
async def test_what_says_no_work_is_refused(api: Api, admin: Account, body: dict[str, Any]) -> None:
    assert (await api.post("/admin/claims", body, by=admin)).code == "VALIDATION_ERROR"
    assert await api.execute("select from claimed_work") == []


async def test_a_claim_is_withdrawn_once_for_a_reason_and_listed_apart(api: Api, admin: Account) -> None:
    claims = [
        (await api.post("/admin/claims", WORDS | {"title": title, "fingerprint": NUMBERS}, by=admin)).data["claim"]
        for title in ("One", "Two")
    ]
    path = f"/admin/claims/{claims[0]['id']}"
    assert (await api.send("DELETE", path, by=admin)).code == "VALIDATION_ERROR"
    withdrawn = (await api.send("DELETE", path + "?reason=A%20mistake", by=admin)).data["claim"]
    assert withdrawn["withdrawnAt"] is not None
    assert (await api.send("DELETE", path + "?reason=again", by=admin)).code == "CLAIM_NOT_FOUND"
    listed = (await api.get("/admin/claims", by=admin)).data
    assert [claim["title"] for claim in listed["items"]] == ["Two"]
    assert (await api.get("/admin/claims?withdrawn=true", by=admin)).data["items"] == [withdrawn]
    acts = (await api.get("/admin/acts", by=admin)).data["items"]
    assert [(act["act"], act["title"], act["reason"]) for act in acts] == [
        ("claim_withdrawn", "One", "A mistake"),
        ("claim_made", "Two", WORDS["reason"]),
        ("claim_made", "One", WORDS["reason"]),
    ]
