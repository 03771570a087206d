"""Debian's clamd as this machine has it, with signatures of the test's own in place of ClamAV's database."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from deploy.standalone.embedded import die_with_parent
from tests.support.ports import free_port
from tests.support.waiting import eventually

HOST = "127.0.0.1"
END_TIMEOUT_S = 15.0
START_TIMEOUT_S = 60.0
MIB = 1024**2


def of_content(name: str, content: bytes) -> tuple[str, str]:
    """A signature of exactly this file (.hdb)."""
    return "test.hdb", f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}:{len(content)}:{name}\n"


def of_bytes(name: str, part: bytes) -> tuple[str, str]:
    """A signature of whatever has these bytes in it (.ndb, any kind of file, anywhere)."""
    return "test.ndb", f"{name}:0:*:{part.hex()}\n"


class RealClamd:
    """One clamd at one port, which a test may kill, stop in the middle, and start again."""

    def __init__(self, folder: Path, signatures: Sequence[tuple[str, str]]) -> None:
        found = shutil.which("clamd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        if found is None:
            pytest.fail("This needs clamd: apt-get install clamav-daemon.")
        self.port = free_port()
        self._program = found
        self._folder = folder
        self._log = folder / "clamd.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._signatures = folder / "signatures"
        self._signatures.mkdir(parents=True)
        for file, line in signatures:
            with (self._signatures / file).open("a") as out:
                out.write(line)

    async def start(self, *, stream_max_bytes: int = 200 * MIB, file_max_bytes: int = 200 * MIB) -> None:
        """Ready to be asked at the end of it."""
        config = self._folder / "clamd.conf"
        config.write_text(
            f"Foreground yes\nTCPAddr {HOST}\nTCPSocket {self.port}\nDatabaseDirectory {self._signatures}\n"
            f"StreamMaxLength {stream_max_bytes}\nMaxFileSize {file_max_bytes}\nMaxScanSize {400 * MIB}\n"
            f"AlertExceedsMax yes\nTemporaryDirectory {self._folder}\nSelfCheck 0\n"
        )
        self._process = self._spawn(config)
        await eventually(self._answers, timeout_s=START_TIMEOUT_S)

    def kill(self) -> None:
        """Gone from one moment to the next, with every connection."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(END_TIMEOUT_S)
            self._process = None

    def pause(self) -> None:
        """It keeps its connections, and does nothing more until it is killed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def _spawn(self, config: Path) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [self._program, "--config-file", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(HOST, self.port)
            writer.write(b"zPING\0")
            answer = await reader.readuntil(b"\0")
            writer.close()
            return answer == b"PONG\0"
        return False


@contextmanager
def real_clamd(folder: Path, *signatures: tuple[str, str]) -> Iterator[RealClamd]:
    """Not started yet; gone at the end, whatever happened."""
    clamd = RealClamd(folder, signatures)
    try:
        yield clamd
    finally:
        clamd.kill()
