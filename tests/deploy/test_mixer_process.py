"""The mixer as a program."""

from __future__ import annotations

import signal
import socket
import subprocess
from functools import partial
from pathlib import Path

import aiohttp
import psutil
import pytest

from deploy.standalone.plan import answers
from tests.support.ports import free_port
from tests.support.processes import is_gone, running
from tests.support.waiting import eventually

MODULE = "deploy.processes.mixer"


def environment(valkey_url: str, folder: Path, port: int) -> dict[str, str]:
    return {
        "REDIS_URL": valkey_url,
        "DATA_DIR": str(folder / "data"),
        "OBJECTS_URL": (folder / "objects").as_uri(),
        "MIXER_PORT": str(port),
        "MIXER_CAPACITY": "2",
        "NODE_ENV": "production",
    }


async def test_it_answers_and_ends_in_order_with_its_engines(valkey_url: str, tmp_path: Path) -> None:
    port = free_port()
    with running(MODULE, environment(valkey_url, tmp_path, port), tmp_path / "log") as mixer:
        await eventually(partial(answers, f"http://127.0.0.1:{port}/health"), timeout_s=60)
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as response:
            assert await response.json() | {"mixerId": ""} == {"mixerId": "", "mixes": 0, "engine": True}
        children = psutil.Process(mixer.process.pid).children(recursive=True)
        assert children, "the engine has a process of its own"
        assert mixer.end(signal.SIGTERM) == 0, mixer.output
        await eventually(lambda: all(is_gone(child) for child in children))
        assert all(line.startswith("{") for line in mixer.output.splitlines()), "production logs are JSON"


@pytest.mark.parametrize("missing", ["REDIS_URL", "DATA_DIR", "OBJECTS_URL"])
def test_settings_that_are_missing_are_told_by_name(missing: str, tmp_path: Path) -> None:
    given = environment("unix:///nowhere", tmp_path, 1)
    del given[missing]
    with running(MODULE, given, tmp_path / "log") as mixer:
        assert mixer.process.wait(30) == 2
        assert mixer.output.strip() == f"{missing} is not set: see deploy/env.example."


def test_a_port_that_is_taken_ends_it_with_the_reason(valkey_url: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with running(MODULE, environment(valkey_url, tmp_path, port), tmp_path / "log") as mixer:
            try:
                assert mixer.process.wait(60) == 1
            except subprocess.TimeoutExpired:
                pytest.fail(f"it runs on a port that is taken: {mixer.output}")
            assert "ddress already in use" in mixer.output
