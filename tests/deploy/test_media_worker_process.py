"""The media worker as a program."""

from __future__ import annotations

import signal
import socket
import subprocess
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from deploy.standalone.plan import answers
from tests.support.ports import free_port
from tests.support.processes import running
from tests.support.waiting import eventually

MODULE = "deploy.processes.media_worker"
SECRETS = {"INTERNAL_TOKEN": "t" * 32, "TARGETS_SECRET": "A" * 43}
ELSEWHERE = SECRETS | {"OBJECTS_URL": "memory:///", "MEDIA_SPOOL_DIR": "/nowhere"}
PUBLIC_KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"  # RFC 8032 §7.1, test 1


async def test_it_answers_and_ends_in_order_on_each_signal(valkey_url: str, tmp_path: Path) -> None:
    for sig in (signal.SIGTERM, signal.SIGINT):
        port = free_port(udp_too=True)
        environment = {
            "REDIS_URL": valkey_url,
            "MEDIA_TOKEN_PUBLIC_KEY": PUBLIC_KEY,
            "MEDIA_HOST": "127.0.0.1",
            "MEDIA_PORT": str(port),
            "NODE_ENV": "production",
            "OBJECTS_URL": "memory:///",
            "RTMP_PORT": "0",
            "MEDIA_ICE_TCP_PORT": "0",
            "MEDIA_SPOOL_DIR": str(tmp_path / "spool"),
        }
        with running(MODULE, SECRETS | environment, tmp_path / "log") as worker:
            await eventually(partial(answers, f"http://127.0.0.1:{port}/health"), timeout_s=20)
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as response:
                assert (await response.json())["rooms"] == 0
            assert worker.end(sig) == 0, worker.output
            assert all(line.startswith("{") for line in worker.output.splitlines()), "production logs are JSON"


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"REDIS_URL": "unix:///nowhere"}, "MEDIA_TOKEN_PUBLIC_KEY is not set: see deploy/env.example."),
        (
            {"REDIS_URL": "unix:///nowhere", "MEDIA_TOKEN_PUBLIC_KEY": PUBLIC_KEY, "MEDIA_PORT": "99999"},
            "MEDIA_PORT: Input should be less than or equal to 65535.",
        ),
    ],
)
def test_settings_that_are_wrong_are_told_by_name(environment: dict[str, str], sentence: str, tmp_path: Path) -> None:
    with running(MODULE, ELSEWHERE | environment, tmp_path / "log") as worker:
        assert worker.process.wait(20) == 2
        assert worker.output.strip() == sentence


def test_a_port_that_is_taken_ends_it_with_the_reason(valkey_url: str, tmp_path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        environment = {
            "REDIS_URL": valkey_url,
            "MEDIA_TOKEN_PUBLIC_KEY": PUBLIC_KEY,
            "MEDIA_HOST": "127.0.0.1",
            "MEDIA_PORT": str(taken.getsockname()[1]),
            "OBJECTS_URL": "memory:///",
            "RTMP_PORT": "0",
            "MEDIA_ICE_TCP_PORT": "0",
            "MEDIA_SPOOL_DIR": str(tmp_path / "spool"),
        }
        with running(MODULE, SECRETS | environment, tmp_path / "log") as worker:
            try:
                assert worker.process.wait(20) == 1
            except subprocess.TimeoutExpired:
                pytest.fail(f"it runs on a port that is taken: {worker.output}")
            assert "Address already in use" in worker.output
