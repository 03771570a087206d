"""The client of clamd, against its protocol with every way in which it can go wrong."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from control_api.inspection.clamd import Clamd, ClamdUnavailable
from tests.control_api.inspection.conftest import Library, StartJobs
from tests.support.music import tune, wav
from tests.support.waiting import eventually

EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"

CONTENT = os.urandom(1_000_000)

Answer = Callable[[bytes], Awaitable[bytes]]


async def judge(content: bytes) -> bytes:
    return b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if EICAR in content else b"stream: OK\0"


class ClamdDouble:
    """Reads as clamd(8) says, up to `limit` bytes, and answers as `answer` does."""

    def __init__(self, answer: Answer = judge, *, limit: int = 2**30) -> None:
        self.received = b""
        self._answer = answer
        self._limit = limit

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        content = b""
        try:
            assert await reader.readexactly(10) == b"zINSTREAM\0"
            while length := struct.unpack("!L", await reader.readexactly(4))[0]:
                content += await reader.readexactly(length)
                if len(content) > self._limit:
                    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                    await writer.drain()
                    return
            self.received = content
            writer.write(await self._answer(content))
            await writer.drain()
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[int]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()


def client(port: int, timeout_s: float = 10.0) -> Clamd:
    return Clamd("127.0.0.1", port, timeout_s)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "file", CONTENT)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


async def test_all_of_a_file_is_asked_about(file: Path) -> None:
    clamd = ClamdDouble()
    async with clamd.running() as port:
        assert await client(port).find(file) is None
    assert clamd.received == CONTENT


async def test_what_it_finds_is_named(file: Path) -> None:
    infected = written(file, b"x" * 600_000 + EICAR)
    async with ClamdDouble().running() as port:
        assert await client(port).find(infected) == "Win.Test.EICAR_HDB-1"


async def test_a_file_above_its_limit_is_not_clean_and_its_reason_is_read(file: Path) -> None:
    large = written(file, bytes(30_000_000))
    async with ClamdDouble(limit=100_000).running() as port:
        with pytest.raises(ClamdUnavailable, match="size limit exceeded"):
            await client(port).find(large)


@pytest.mark.parametrize(
    "reply",
    [
        b"stream: lstat() failed. ERROR\0",
        b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
        b"",
        b"OK\0",
        b"stream: \0",
        b"x" * 10_000 + b"\0",
        b"stream: OK",
    ],
)
async def test_what_is_no_verdict_is_not_clean(file: Path, reply: bytes) -> None:
    async def answer(_content: bytes) -> bytes:
        return reply

    async with ClamdDouble(answer).running() as port:
        with pytest.raises(ClamdUnavailable):
            await client(port).find(file)


async def test_silence_is_not_clean(file: Path) -> None:
    async def answer(_content: bytes) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with ClamdDouble(answer).running() as port:
        with pytest.raises(ClamdUnavailable):
            await client(port, timeout_s=0.3).find(file)


async def test_nobody_there_is_not_clean(file: Path) -> None:
    async with ClamdDouble().running() as port:
        pass
    with pytest.raises(ClamdUnavailable, match="cannot connect"):
        await client(port).find(file)


async def test_a_track_waits_for_clamd_and_is_decided_upon_when_it_is_back(
    library: Library, start_jobs: StartJobs
) -> None:
    async with ClamdDouble().running() as port:
        pass
    await start_jobs(clamd_host="127.0.0.1", clamd_port=port)
    track_id = await library.tus.upload(wav(tune(1, 3.0)), "patient.wav")

    async def was_put_off() -> bool:
        rows = await library.api.execute("select attempts, last_error from job")
        return bool(rows) and rows[0]["last_error"] is not None

    await eventually(was_put_off, timeout_s=20)
    assert (await library.track(track_id))["status"] == "processing"
    async with ClamdDouble().running(port):
        await library.api.execute("update job set run_at = now()")
        track = await library.decided(track_id)
    assert (track["status"], track["scanResults"]["clamav"]) == ("ready", "clean")


async def test_what_clamd_knows_is_refused(library: Library, start_jobs: StartJobs) -> None:
    async def answer(_content: bytes) -> bytes:
        return b"stream: Some.Virus-1 FOUND\0"

    async with ClamdDouble(answer).running() as port:
        await start_jobs(clamd_host="127.0.0.1", clamd_port=port)
        track = await library.add(wav(tune(1, 3.0)), "infected.wav")
    assert (track["status"], track["problem"]["code"]) == ("rejected", "MALWARE")
    assert track["scanResults"]["clamav"] == "Some.Virus-1"
    assert library.objects() == set()
