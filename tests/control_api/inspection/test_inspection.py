"""What becomes of a file: everything that a library needs, or a sentence and nothing else."""

from __future__ import annotations

import asyncio
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import mutagen.id3
import numpy as np
import psutil
import pytest
from PIL import Image
from redis.asyncio import Redis

from control_api.objects.store import Objects
from tests.control_api.inspection.conftest import Library, StartJobs
from tests.control_api.support.api import MovingClock
from tests.support.music import encoded, tune, wav
from tests.support.waiting import eventually

ID3: Any = mutagen.id3
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def _write_tags(path: Path, *frames: Any) -> None:
    tags = ID3.ID3()
    for frame in frames:
        tags.add(frame)
    tags.save(path)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello " * 1_000)
    return file.getvalue()


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".flac", ".m4a", ".ogg"])
async def test_a_track_of_every_kind_becomes_ready(
    library: Library, start_jobs: StartJobs, tmp_path: Path, suffix: str
) -> None:
    await start_jobs()
    track = await library.add(encoded(tmp_path, tune(1, 12.0), suffix), f"My tune{suffix}")
    assert (track["status"], track["problem"]) == ("ready", None)
    assert track["title"] == "My tune"
    assert track["durationS"] == pytest.approx(12.0, abs=0.1)
    assert track["scanned"] is True
    assert track["lufs"] is not None
    assert track["bpm"] is not None
    prefix = f"tracks/{library.tus.account.user_id}/"
    names = {name.rsplit("/", 1)[1] for name in library.objects() if name.startswith(prefix)}
    assert names == {f"original{suffix}", "audio.mp3", "waveform.bin"}
    assert not any(name.startswith("quarantine") for name in library.objects())
    assert library.work_folders() == []
    for detail, columns in (("overview", 1_200), ("full", 1_800)):
        reply = await library.api.get(f"/dj/track/{track['id']}/waveform?detail={detail}", by=library.tus.account)
        assert len(reply.body) == pytest.approx(columns * 4, rel=0.02)
    audio = await library.api.get(f"/dj/track/{track['id']}/download", by=library.tus.account)
    with av.open(io.BytesIO(audio.body), "r") as served:
        assert served.format.name == "mp3"
        assert served.metadata.get("title", "") == ""
        assert sum(frame.samples for frame in served.decode(audio=0)) == pytest.approx(12 * 48_000, rel=0.01)


REFUSED: dict[str, tuple[str, Callable[[Path], bytes], str]] = {
    "zip": ("song.mp3", lambda _: zipped(), "NOT_AUDIO"),
    "text": ("song.wav", lambda _: b"no sound at all\n" * 100, "NOT_AUDIO"),
    "noise": ("song.mp3", lambda _: os.urandom(50_000), "NOT_AUDIO"),
    "mislabelled": ("song.mp3", lambda _: wav(tune(1, 2.0)), "MISLABELLED"),
    "truncated": ("song.wav", lambda _: wav(tune(1, 4.0))[:200_000], "TRUNCATED"),
    "cut in the middle": ("song.m4a", lambda folder: encoded(folder, tune(1, 4.0), ".m4a")[:40_000], "TRUNCATED"),
    "silent": ("song.wav", lambda _: wav(np.zeros((96_000, 2), np.int16)), "SILENT"),
    "short": ("song.wav", lambda _: wav(tune(1, 4.0)[:9_600]), "TOO_SHORT"),
    "corrupt": ("song.flac", lambda folder: _corrupt(encoded(folder, tune(1, 4.0), ".flac")), "CORRUPT"),
    "eicar": ("song.mp3", lambda _: EICAR, "MALWARE"),
    "eicar behind a tag": ("song.mp3", lambda folder: _behind_a_tag(folder, EICAR), "MALWARE"),
    "program in a tag": ("song.mp3", lambda folder: _in_a_tag(folder, b"\x7fELF\x02\x01\x01\x00" * 4), "MALWARE"),
    "zip at the end": ("song.mp3", lambda folder: encoded(folder, tune(1, 3.0), ".mp3") + zipped(), "MALWARE"),
    "page in a tag": ("song.mp3", lambda folder: _in_a_tag(folder, b"<script>fetch('x')</script>"), "MALWARE"),
    "playlist": ("song.mp3", lambda _: b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/secret\n", "NOT_AUDIO"),
}


def _corrupt(content: bytes) -> bytes:
    damaged = bytearray(content)
    for at in range(len(damaged) // 4, len(damaged), 5_000):
        damaged[at : at + 1_500] = os.urandom(len(damaged[at : at + 1_500]))
    return bytes(damaged)


def _tag(payload: bytes) -> bytes:
    frame = b"PRIV" + struct.pack(">I", len(payload) + 2) + b"\0\0" + b"x\0" + payload
    size = len(frame)
    return b"ID3\x03\0\0" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0)) + frame


def _in_a_tag(folder: Path, payload: bytes) -> bytes:
    return _tag(payload) + encoded(folder, tune(1, 3.0), ".mp3")


def _behind_a_tag(folder: Path, payload: bytes) -> bytes:
    return _tag(b"nothing") + payload + encoded(folder, tune(1, 3.0), ".mp3")


@pytest.mark.parametrize("kind", list(REFUSED))
async def test_what_is_no_track_is_refused_in_a_sentence_and_leaves_nothing(
    library: Library, start_jobs: StartJobs, tmp_path: Path, kind: str
) -> None:
    name, make, code = REFUSED[kind]
    await start_jobs()
    track = await library.add(make(tmp_path), name)
    assert (track["status"], track["problem"]["code"]) == ("rejected", code)
    assert track["problem"]["message"].endswith(".")
    assert track["fileUrl"] is None
    assert library.objects() == set()
    assert library.work_folders() == []
    (row,) = await library.api.execute("select original_key, audio_key, waveform_key, content_id from track")
    assert list(row) == [None] * 4
    assert await library.api.execute("select from track_fingerprint") == []


async def test_a_wav_of_192_khz_and_one_of_8_bits_become_ready(library: Library, start_jobs: StartJobs) -> None:
    await start_jobs()
    fast = np.repeat(tune(3, 6.0), 4, axis=0)
    track = await library.add(wav(fast, 192_000), "fast.wav")
    assert (track["status"], track["metadata"]["sampleRateHz"]) == ("ready", 192_000)
    assert track["durationS"] == pytest.approx(6.0, abs=0.1)
    coarse = ((tune(4, 6.0)[:, :1] >> 8) + 128).astype(np.uint8).tobytes()
    head = struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 36 + len(coarse), b"WAVEfmt ", 16, 1, 1, 48_000, 48_000, 1, 8,
                       b"data", len(coarse))  # fmt: skip
    track = await library.add(head + coarse, "coarse.wav")
    assert (track["status"], track["metadata"]["channels"]) == ("ready", 1)


async def test_tags_are_read_cleaned_and_the_cover_is_drawn_anew(
    library: Library, start_jobs: StartJobs, tmp_path: Path
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (1_500, 1_200), "teal").save(picture, "PNG")
    path = tmp_path / "tagged.mp3"
    path.write_bytes(encoded(tmp_path, tune(5, 6.0), ".mp3"))
    _write_tags(
        path,
        ID3.TIT2(encoding=3, text="<b>Night\u202e Drive</b>\x07\x00"),
        ID3.TPE1(encoding=3, text="  DJ\tE\u0301toile  "),
        ID3.TDRC(encoding=3, text="2019-05-01"),
        ID3.COMM(encoding=3, lang="eng", desc="", text="one\ntwo"),
        ID3.TSRC(encoding=3, text="DEABC1900001"),
        ID3.APIC(encoding=3, mime="image/png", type=3, desc="", data=picture.getvalue()),
    )
    await start_jobs()
    track = await library.add(path.read_bytes(), "x.mp3")
    assert (track["title"], track["artist"], track["year"]) == ("‹b›Night Drive‹/b›", "DJ Étoile", 2019)
    assert track["comment"] == "one\ntwo"
    assert track["metadata"]["tags"]["isrc"] == "DEABC1900001"
    assert track["hasCover"] is True
    cover = await library.api.get(f"/dj/track/{track['id']}/cover", by=library.tus.account)
    with Image.open(io.BytesIO(cover.body)) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (1_000, 800))
    audio = await library.api.get(f"/dj/track/{track['id']}/download", by=library.tus.account)
    path.write_bytes(audio.body)
    served = ID3.ID3(path)
    assert served["TIT2"].text == ["‹b›Night Drive‹/b›"]
    assert not served.getall("APIC")


async def test_a_picture_that_is_none_costs_the_track_nothing_but_its_cover(
    library: Library, start_jobs: StartJobs, tmp_path: Path
) -> None:
    path = tmp_path / "tagged.mp3"
    path.write_bytes(encoded(tmp_path, tune(5, 3.0), ".mp3"))
    junk = b"\x89PNG\r\n\x1a\n" + os.urandom(500)
    _write_tags(path, ID3.APIC(encoding=3, mime="image/png", type=3, desc="", data=junk))
    await start_jobs()
    track = await library.add(path.read_bytes(), "x.mp3")
    assert (track["status"], track["hasCover"]) == ("ready", False)


async def test_the_same_file_again_is_refused_and_names_the_one_that_is_there(
    library: Library, start_jobs: StartJobs
) -> None:
    await start_jobs(jobs_concurrency=2)
    content = wav(tune(6, 4.0))
    ids = await asyncio.gather(*(library.tus.upload(content, f"copy {number}.wav") for number in range(2)))
    tracks = [await library.decided(track_id) for track_id in ids]
    (kept,) = [track for track in tracks if track["status"] == "ready"]
    (refused,) = [track for track in tracks if track["status"] == "rejected"]
    assert refused["problem"] == {"code": "DUPLICATE", "message": f"You have this file already: “{kept['title']}”."}
    assert refused["scanResults"]["duplicateOf"] == kept["id"]
    assert all(kept["id"] in name for name in library.objects())


async def test_what_takes_too_much_memory_is_refused_and_the_worker_goes_on(
    library: Library, start_jobs: StartJobs
) -> None:
    await start_jobs(inspection_memory_bytes=256 * 1024**2)
    large = await library.add(wav(np.tile(tune(7, 4.0), (45, 1))), "large.wav")
    assert (large["status"], large["problem"]["code"]) == ("rejected", "INSPECTION_FAILED")
    assert library.objects() == set()
    assert library.work_folders() == []
    small = await library.add(wav(tune(7, 4.0)), "small.wav")
    assert small["status"] == "ready"


async def test_a_program_that_hangs_is_ended_and_its_file_refused(library: Library, start_jobs: StartJobs) -> None:
    await start_jobs(inspection_wall_s=0.1)
    track = await library.add(wav(tune(7, 4.0)), "slow.wav")
    assert (track["status"], track["problem"]["code"]) == ("rejected", "INSPECTION_FAILED")
    assert not [child for child in psutil.Process().children() if "mixer.inspection" in child.cmdline()]


async def test_a_track_that_is_deleted_while_it_is_looked_at_leaves_nothing(
    library: Library, start_jobs: StartJobs
) -> None:
    await start_jobs()
    track_id = await library.tus.upload(wav(tune(8, 8.0)), "gone.wav")
    await eventually(lambda: bool(library.work_folders()), timeout_s=20)
    assert (await library.api.send("DELETE", f"/dj/track/{track_id}", by=library.tus.account)).status == 200

    async def is_clean() -> bool:
        return library.objects() == set() and await library.api.execute("select from job") == []

    await eventually(is_clean, timeout_s=30)
    assert library.work_folders() == []


async def test_a_file_that_our_side_has_lost_is_tried_again_and_given_up_at_last(
    library: Library, start_jobs: StartJobs, clock: MovingClock
) -> None:
    location = await library.tus.begin(10, "lost.wav")
    await library.tus.patch(location, 0, b"0123456789")
    await Objects.of(library.api.settings).delete_below(f"quarantine/{location.rsplit('/', 1)[-1]}")
    await start_jobs()

    async def is_given_up() -> bool:
        clock.advance(seconds=1_000)
        return await library.api.execute("select from job where failed_at is not null") != []

    await eventually(is_given_up, every_s=0.2)
    (track,) = await library.api.execute("select status, problem_code from track")
    assert list(track) == ["rejected", "INSPECTION_FAILED"]
    (job,) = await library.api.execute("select attempts, last_error from job")
    assert job["attempts"] == 5
    assert "ObjectMissing" in job["last_error"]


async def test_a_track_is_analysed_again(library: Library, start_jobs: StartJobs) -> None:
    await start_jobs()
    track = await library.add(wav(tune(9, 8.0)), "again.wav")
    await library.api.execute("update track set bpm = 99, lufs = 0, grid_edited = true")
    reply = await library.api.post(f"/dj/track/{track['id']}/analyse", by=library.tus.account)
    assert reply.status == 202

    async def is_found_again() -> bool:
        again = await library.track(track["id"])
        return [again[name] for name in ("bpm", "lufs")] == [track[name] for name in ("bpm", "lufs")]

    await eventually(is_found_again, timeout_s=30)


async def test_a_djs_browsers_hear_what_was_decided(library: Library, start_jobs: StartJobs, valkey_url: str) -> None:
    async with Redis.from_url(valkey_url, decode_responses=True) as valkey, valkey.pubsub() as news:
        await news.subscribe(f"library:{library.tus.account.user_id}")
        await start_jobs()
        ready = await library.add(wav(tune(9, 12.0)), "heard.wav")
        rejected = await library.add(b"RIFF" + bytes(2_000), "broken.wav")
        heard: list[dict[str, str]] = []
        while len(heard) < 2:
            message = await news.get_message(timeout=5.0)
            assert message is not None
            if message["type"] == "message":
                heard.append(json.loads(message["data"]))
    assert heard == [
        {"trackId": ready["id"], "status": "ready"},
        {"trackId": rejected["id"], "status": "rejected"},
    ]
