"""What somebody claims is held for a moderator, and what a DJ has in other bytes is noted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from mixer.inspection.fingerprint import fingerprint
from tests.control_api.inspection.conftest import Library, StartJobs
from tests.support.music import RATE, Samples, encoded, tune, wav
from tests.support.waiting import eventually


async def claim(library: Library, work: Samples) -> str:
    """The id of the claim of a work."""
    numbers = await asyncio.to_thread(fingerprint, work)
    body = {"title": "Their Song", "claimant": "Big Records", "reason": "They wrote it.", "fingerprint": numbers}
    reply = await library.api.post("/admin/claims", body, by=await library.api.account("admin"))
    return str(reply.data["claim"]["id"])


async def withdraw(library: Library, claim_id: str) -> None:
    """End the claim, and wait until nothing is held for it."""
    admin = await library.api.account("admin")
    assert (await library.api.send("DELETE", f"/admin/claims/{claim_id}?reason=Over", by=admin)).status == 200
    await no_jobs(library)


async def no_jobs(library: Library) -> None:
    async def is_done() -> bool:
        return await library.api.execute("select from job") == []

    await eventually(is_done, timeout_s=20, every_s=0.1)


async def has_status(library: Library, track: dict[str, Any], status: str) -> None:
    async def is_so() -> bool:
        return bool((await library.track(track["id"]))["status"] == status)

    await eventually(is_so, timeout_s=20, every_s=0.1)


async def test_a_copy_of_a_claimed_work_is_held_and_other_music_is_not(
    library: Library, start_jobs: StartJobs, tmp_path: Path
) -> None:
    await start_jobs()
    work = tune(50, 40.0)
    claim_id = await claim(library, work)
    copy = encoded(tmp_path, (work[6 * RATE : 30 * RATE] * 0.6).astype("int16"), ".mp3", bit_rate=128_000)
    track = await library.add(copy, "mine.mp3")
    assert (track["status"], track["problem"]["code"]) == ("held", "COPYRIGHT_CLAIM")
    assert "Their Song" in track["problem"]["message"]
    assert "Big Records" in track["problem"]["message"]
    assert track["scanResults"]["claimId"] == claim_id
    names = {name.rsplit("/", 1)[1] for name in library.objects()}
    assert names == {"original.mp3", "audio.mp3", "waveform.bin"}, "it is whole, for when a moderator lets it go"
    other = await library.add(wav(tune(51, 24.0)), "other.wav")
    assert other["status"] == "ready"
    await withdraw(library, claim_id)
    again = await library.add(wav(work[: 20 * RATE]), "again.wav")
    assert again["status"] == "ready"


async def test_a_claim_is_on_what_is_there_already_until_it_is_withdrawn(
    library: Library, start_jobs: StartJobs
) -> None:
    await start_jobs()
    work = tune(53, 30.0)
    theirs = await library.add(wav(work), "theirs.wav")
    other = await library.add(wav(tune(54, 20.0)), "other.wav")
    claim_id = await claim(library, work[2 * RATE :])
    await has_status(library, theirs, "held")
    held = await library.track(theirs["id"])
    assert (held["problem"]["code"], held["scanResults"]["claimId"]) == ("COPYRIGHT_CLAIM", claim_id)
    second_id = await claim(library, work[: 25 * RATE])
    await no_jobs(library)
    await withdraw(library, claim_id)
    assert (await library.track(theirs["id"]))["scanResults"]["claimId"] == second_id
    await withdraw(library, second_id)
    freed = await library.track(theirs["id"])
    assert (freed["status"], freed["problem"]) == ("ready", None)
    assert "claimId" not in freed["scanResults"]
    assert (await library.track(other["id"]))["status"] == "ready"


async def test_what_a_moderator_let_go_is_not_held_for_the_same_claim_again(
    library: Library, start_jobs: StartJobs
) -> None:
    await start_jobs()
    work = tune(55, 25.0)
    track = await library.add(wav(work), "theirs.wav")
    claim_id = await claim(library, work)
    await has_status(library, track, "held")
    reply = await library.api.post(
        f"/admin/tracks/{track['id']}/release", {"reason": "Licensed."}, by=await library.api.account("admin")
    )
    assert reply.status == 200
    await library.api.execute(
        "insert into job (kind, payload, run_at, created_at) values ('compare_claim', $1::jsonb, now(), now())",
        json.dumps({"claim_id": claim_id}),
    )
    await no_jobs(library)
    assert (await library.track(track["id"]))["status"] == "ready"
    await claim(library, work[: 20 * RATE])
    await has_status(library, track, "held")
    assert (await library.track(track["id"]))["decision"] is None, "that was about another claim"


async def test_the_same_recording_in_other_bytes_is_noted(
    library: Library, start_jobs: StartJobs, tmp_path: Path
) -> None:
    await start_jobs()
    samples = tune(52, 30.0)
    first = await library.add(wav(samples), "first.wav")
    second = await library.add(encoded(tmp_path, samples, ".mp3"), "second.mp3")
    assert (second["status"], second["scanResults"]["sameRecordingAs"]) == ("ready", first["id"])
    assert "sameRecordingAs" not in first["scanResults"]
