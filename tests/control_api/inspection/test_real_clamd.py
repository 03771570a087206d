"""Uploads past Debian's clamd itself: `apt-get install clamav-daemon`, of which only the program is used."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from control_api.inspection.clamd import Clamd, ClamdUnavailable
from tests.control_api.inspection.conftest import Library, StartJobs
from tests.control_api.inspection.real_clamd import HOST, MIB, RealClamd, of_bytes, of_content, real_clamd
from tests.support.music import encoded, tune, wav
from tests.support.waiting import eventually

pytestmark = pytest.mark.soak

KNOWN = wav(tune(1, 3.0))
MARK = b"what a signature of the body looks for"


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[RealClamd]:
    with real_clamd(tmp_path / "clamd", of_content("Known.Wav", KNOWN), of_bytes("Marked", MARK)) as clamd:
        yield clamd


def marked(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + MARK + content[middle + len(MARK) :]


async def put_off(library: Library) -> str:
    """Why the job of a track was put off, once it was."""

    async def reason() -> str | None:
        (row,) = await library.api.execute("select last_error from job")
        return None if row["last_error"] is None else str(row["last_error"])

    async def is_put_off() -> bool:
        return await reason() is not None

    await eventually(is_put_off, timeout_s=30)
    return str(await reason())


async def decided_now(library: Library, track_id: str) -> tuple[str, str]:
    """State and ClamAV's word of a track that is looked at again at once."""
    await library.api.execute("update job set run_at = now()")
    track = await library.decided(track_id)
    return track["status"], track["scanResults"]["clamav"]


async def test_it_refuses_what_it_knows_and_lets_the_rest_through(
    library: Library, start_jobs: StartJobs, clamd: RealClamd, tmp_path: Path
) -> None:
    await clamd.start()
    await start_jobs(clamd_host=HOST, clamd_port=clamd.port)
    for content, name, found in (
        (KNOWN, "known.wav", "Known.Wav.UNOFFICIAL"),
        (marked(wav(tune(2, 3.0))), "marked.wav", "Marked.UNOFFICIAL"),
        (marked(encoded(tmp_path, tune(2, 3.0), ".flac")), "marked.flac", "Marked.UNOFFICIAL"),
    ):
        track = await library.add(content, name)
        assert (track["status"], track["problem"]["code"]) == ("rejected", "MALWARE"), name
        assert track["scanResults"] == {"clamav": found, "rules": []}
    assert library.objects() == set()
    assert library.work_folders() == []
    track = await library.add(wav(tune(3, 3.0)), "clean.wav")
    assert (track["status"], track["scanResults"]["clamav"]) == ("ready", "clean")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"stream_max_bytes": 2 * MIB}, "INSTREAM size limit exceeded"),
        ({"file_max_bytes": 2 * MIB}, "Limits.Exceeded.MaxFileSize"),
    ],
    ids=["stream", "file"],
)
async def test_what_is_above_its_limits_waits_until_they_are_raised(
    library: Library, start_jobs: StartJobs, clamd: RealClamd, limits: dict[str, int], reason: str
) -> None:
    await clamd.start(**limits)
    await start_jobs(clamd_host=HOST, clamd_port=clamd.port)
    track_id = await library.tus.upload(wav(tune(4, 30.0)), "large.wav")
    assert reason in await put_off(library)
    assert (await library.track(track_id))["status"] == "processing"
    assert library.work_folders() == []
    clamd.kill()
    await clamd.start()
    assert await decided_now(library, track_id) == ("ready", "clean")


async def test_a_clamd_that_dies_in_the_middle_of_a_file_has_not_found_it_clean(
    clamd: RealClamd, tmp_path: Path
) -> None:
    await clamd.start()
    large = tmp_path / "large.wav"
    large.write_bytes(bytes(40 * MIB))
    client = Clamd(HOST, clamd.port, timeout_s=30.0)
    assert await client.find(large) is None
    clamd.pause()
    asking = asyncio.create_task(client.find(large))
    await eventually(lambda: _is_connected(clamd.port))
    clamd.kill()
    with pytest.raises(ClamdUnavailable):
        await asking


async def test_a_track_waits_for_a_clamd_that_died_with_it_and_is_refused_once_it_is_back(
    library: Library, start_jobs: StartJobs, clamd: RealClamd
) -> None:
    await clamd.start()
    await start_jobs(clamd_host=HOST, clamd_port=clamd.port)
    clamd.pause()
    track_id = await library.tus.upload(marked(wav(tune(5, 30.0))), "marked.wav")
    await eventually(lambda: _is_connected(clamd.port), timeout_s=20)
    clamd.kill()
    assert "no verdict" in await put_off(library)
    assert (await library.track(track_id))["status"] == "processing"
    await clamd.start()
    assert await decided_now(library, track_id) == ("rejected", "Marked.UNOFFICIAL")
    assert library.objects() == set()


def _is_connected(port: int) -> bool:
    """Whether this process has a connection to the port."""
    return any(
        found.raddr and found.raddr.port == port and found.status == psutil.CONN_ESTABLISHED
        for found in psutil.Process().net_connections("tcp")
    )
