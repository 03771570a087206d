"""The whole product under its supervisor, as `make run` starts it."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import psutil
import pytest

from deploy.standalone.plan import answers
from tests.support.ports import free_port
from tests.support.processes import Program, is_gone, running
from tests.support.servers import new_server_dir, remove_server_dir
from tests.support.waiting import eventually, wait_until

MODULE = "deploy.standalone"
START_TIMEOUT_S = 120.0
CHILDREN = {"PostgreSQL", "Valkey", "api", "jobs", "media worker", "mixer"}
ACCOUNT = {"email": "dj@example.com", "password": "correct horse 9 Battery"}
PROFILE = {"role": "dj", "username": "nightshift", "termsAccepted": True}


class Installation:
    """A data folder, ports and a built web app of a test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port, self.media_port = free_port(), free_port(udp_too=True)
        self.url = f"http://127.0.0.1:{self.port}"
        dist = folder / "dist"
        dist.mkdir()
        (dist / "index.html").write_text("<!doctype html><title>the page</title>")
        self.environment = {
            "DATA_DIR": str(folder / "data"),
            "WEB_DIST": str(dist),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "MEDIA_HOST": "127.0.0.1",
            "MEDIA_ADVERTISED_IPS": "127.0.0.1",
            "MEDIA_PORT": str(self.media_port),
            "RTMP_HOST": "127.0.0.1",
            "RTMP_PORT": str(free_port()),
            "MEDIA_ICE_TCP_PORT": "0",
            "MIXER_PORT": str(free_port()),
            "JOBS_PORT": str(free_port()),
            "BCRYPT_COST": "4",
        }
        self._starts = 0

    @contextmanager
    def started(self, **environment: str) -> Iterator[Program]:
        """Start it, without waiting for anything."""
        self._starts += 1
        with running(MODULE, self.environment | environment, self._folder / f"log-{self._starts}") as program:
            yield program

    @contextmanager
    def up(self) -> Iterator[Program]:
        """Start it and wait until it says that it runs."""
        with self.started() as program:

            def is_up() -> bool:
                assert program.process.poll() is None, program.output
                return "NRS Live is running" in program.output

            wait_until(is_up, timeout_s=START_TIMEOUT_S)
            yield program


@pytest.fixture
def installation() -> Iterator[Installation]:
    folder = new_server_dir()
    yield Installation(folder)
    remove_server_dir(folder)


def pids(program: Program) -> dict[str, int]:
    """The children by name, from the table that was printed."""
    return {name: int(pid) for name, pid in re.findall(r"^ {4}(\S.*?) +process (\d+)", program.output, re.MULTILINE)}


async def test_a_killed_supervisor_leaves_no_orphan_and_accounts_and_secrets_survive(
    installation: Installation,
) -> None:
    with installation.up() as program:
        async with aiohttp.ClientSession(f"{installation.url}/api/v1/") as session:
            async with session.post("auth/register", json=ACCOUNT | PROFILE) as response:
                assert response.status == 201
            async with session.post("auth/login", json=ACCOUNT) as response:
                token = (await response.json())["data"]["refreshToken"]
        children = psutil.Process(program.process.pid).children(recursive=True)
        assert {child.pid for child in children} >= set(pids(program).values())
        program.process.kill()
        program.process.wait()
        wait_until(lambda: all(is_gone(child) for child in children), timeout_s=20)
    with installation.up() as again:
        assert pids(again).keys() == CHILDREN, "and the data is usable at once"
        assert f"NRS Live is running: http://localhost:{installation.port}" in again.output
        async with (
            aiohttp.ClientSession(f"{installation.url}/api/v1/") as session,
            session.post("auth/refresh", json={"refreshToken": token}) as response,
        ):
            assert response.status == 200, "the refresh token's secret was kept"
        with installation.started() as second:
            assert second.process.wait(30) == 2
            assert f"already runs on the data in {installation.environment['DATA_DIR']}" in second.output
            assert str(again.process.pid) in second.output
            assert len(second.output.splitlines()) == 1
        assert again.end(signal.SIGINT) == 0, again.output
        ended = re.findall(r"^(\S.*?) +│ stopped$", again.output, re.MULTILINE)
        assert ended == ["mixer", "media worker", "jobs", "api", "Valkey", "PostgreSQL"]


async def test_each_child_that_is_killed_comes_back_while_the_rest_goes_on(installation: Installation) -> None:
    with installation.up() as program:
        before = pids(program)
        for name, pid in before.items():
            psutil.Process(pid).kill()
            await eventually(lambda name=name: revived(program, name), timeout_s=30)  # type: ignore[misc]
        await eventually(lambda: answers(f"{installation.url}/health/detailed"), timeout_s=15)
        supervised = {child.pid for child in psutil.Process(program.process.pid).children()}
        assert supervised.isdisjoint(before.values())
        assert len(supervised) == len(CHILDREN)


def revived(program: Program, name: str) -> bool:
    return re.search(rf"^{name} +│ is running again", program.output, re.MULTILINE) is not None


def test_production_demands_its_secrets_and_starts_nothing(installation: Installation) -> None:
    with installation.started(NODE_ENV="production") as program:
        assert program.process.wait(30) == 2
        assert program.output.startswith(
            "Set JWT_SECRET, REFRESH_TOKEN_SECRET, INTERNAL_TOKEN, MEDIA_TOKEN_PRIVATE_KEY"
        )
        assert len(program.output.splitlines()) == 1


def test_settings_that_make_no_sense_are_told_by_name(installation: Installation) -> None:
    with installation.started(PORT="http") as program:
        assert program.process.wait(30) == 2
        assert program.output.startswith("PORT: ")


def test_a_data_folder_that_cannot_be_used_is_told_in_one_sentence(installation: Installation) -> None:
    data_dir = Path(installation.environment["DATA_DIR"])
    data_dir.write_text("a file where the folder should be")
    with installation.started() as program:
        assert program.process.wait(30) == 2
        assert program.output.startswith(f"The data folder {data_dir} cannot be made")
        assert len(program.output.splitlines()) == 1


def test_a_port_in_use_is_told_in_one_sentence_and_nothing_is_started(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()
        with installation.started() as program:
            assert program.process.wait(30) == 2
            assert program.output.startswith(f"TCP port {installation.port} is in use: ")
            assert len(program.output.splitlines()) == 1
    assert not (Path(installation.environment["DATA_DIR"]) / "postgres").exists()
