"""What somebody claims is held for a moderator, and what a DJ has in other bytes is noted."""

from __future__ import annotations

from pathlib import Path

from mixer.inspection.fingerprint import fingerprint
from tests.control_api.inspection.conftest import Library, StartJobs
from tests.support.music import RATE, encoded, tune, wav


async def test_a_copy_of_a_claimed_work_is_held_and_other_music_is_not(
    library: Library, start_jobs: StartJobs, tmp_path: Path
) -> None:
    jobs = await start_jobs()
    work = tune(50, 40.0)
    claim_id = await jobs.register.claim("Their Song", "Big Records", fingerprint(work), 40.0)
    copy = encoded(tmp_path, (work[6 * RATE : 30 * RATE] * 0.6).astype("int16"), ".mp3", bit_rate=128_000)
    track = await library.add(copy, "mine.mp3")
    assert (track["status"], track["problem"]["code"]) == ("held", "COPYRIGHT_CLAIM")
    assert "Their Song" in track["problem"]["message"]
    assert "Big Records" in track["problem"]["message"]
    assert track["scanResults"]["claimId"] == str(claim_id)
    names = {name.rsplit("/", 1)[1] for name in library.objects()}
    assert names == {"original.mp3", "audio.mp3", "waveform.bin"}, "it is whole, for when a moderator lets it go"
    other = await library.add(wav(tune(51, 24.0)), "other.wav")
    assert other["status"] == "ready"
    assert await jobs.register.withdraw(claim_id)
    assert not await jobs.register.withdraw(claim_id)
    again = await library.add(wav(work[: 20 * RATE]), "again.wav")
    assert again["status"] == "ready"


async def test_the_same_recording_in_other_bytes_is_noted(
    library: Library, start_jobs: StartJobs, tmp_path: Path
) -> None:
    await start_jobs()
    samples = tune(52, 30.0)
    first = await library.add(wav(samples), "first.wav")
    second = await library.add(encoded(tmp_path, samples, ".mp3"), "second.mp3")
    assert (second["status"], second["scanResults"]["sameRecordingAs"]) == ("ready", first["id"])
    assert "sameRecordingAs" not in first["scanResults"]
