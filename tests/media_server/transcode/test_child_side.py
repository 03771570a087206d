"""The processes that make sound and pictures end with their worker, without a word, whatever it was amid."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from media_server.transcode.confine import environment
from media_server.transcode.sound_wire import Begin, Lot, pack
from media_server.transcode.sound_work import SoundPacket, ToAacWork
from tests.support.rtp_source import OpusSource

MODULES = ("picture_process", "sound_process", "still_process")


def started(module: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"media_server.transcode.{module}", f"--parent={os.getpid()}"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment())


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("heard", [b"", b"\0", b"\0\0\1\0\0half"], ids=["nothing", "half a header", "half a message"])
def test_one_whose_worker_says_no_more_ends(module: str, heard: bytes) -> None:
    with started(module) as process:
        _, complaint = process.communicate(heard, timeout=30)
    assert (process.returncode, complaint.decode()) == (0, "")


def test_one_to_whom_nobody_listens_any_more_ends() -> None:
    payload = OpusSource().packets()[0].payload
    with started("sound_process") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.write(pack(Begin(1, ToAacWork(0, 128_000))))
        process.stdin.write(pack(Lot(1, tuple(SoundPacket(960 * number, payload) for number in range(50)))))
        process.stdin.flush()
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == b""
