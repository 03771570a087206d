"""Each obstacle to a start is found and told in one sentence that says what to do."""

from __future__ import annotations

import os
import random
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.standalone import checks
from tests.support.ports import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    """A TCP port. It is none of those that the system gives away: of UDP it stays free."""
    with socket.socket() as server:
        for port in random.sample(range(20_000, 30_000), 100):
            kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
            if not any(checks.port_problem("PORT", port, kind) for kind in kinds):
                server.bind(("127.0.0.1", port))
                break
        server.listen()
        yield int(server.getsockname()[1])


def test_a_port_in_use_is_named_with_its_variable_and_who_to_ask(taken: int) -> None:
    problem = checks.port_problem("PORT", taken, socket.SOCK_STREAM)
    assert problem is not None
    assert f"TCP port {taken} is in use" in problem
    assert "set PORT to another port" in problem


def test_udp_and_tcp_are_looked_at_apart(taken: int) -> None:
    assert checks.port_problem("MEDIA_PORT", taken, socket.SOCK_DGRAM) is None


def test_a_free_port_is_no_problem() -> None:
    assert checks.port_problem("PORT", free_port(), socket.SOCK_STREAM) is None


def test_a_port_in_time_wait_is_no_problem() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        served, _ = server.accept()
        served.close()  # the side that closes first keeps the port in TIME_WAIT
        client.recv(1)
        client.close()
    assert checks.port_problem("PORT", port, socket.SOCK_STREAM) is None


def test_two_variables_with_one_port_are_told_apart() -> None:
    assert list(checks.same_port_problems([("PORT", 3000), ("MEDIA_PORT", 3000)])) == [
        "MEDIA_PORT and PORT are both 3000: set one of them to another port."
    ]


def test_a_full_disk_says_how_much_is_missing(tmp_path: Path) -> None:
    problem = checks.data_dir_problem(tmp_path, min_free_bytes=1 << 60)
    assert problem is not None
    assert "is full" in problem
    assert "set DATA_DIR" in problem


def test_a_folder_without_the_right_to_write_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere, and root runs tests too
    problem = checks.data_dir_problem(tmp_path)
    assert problem is not None
    assert "may not be written" in problem


def test_a_data_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    problem = checks.data_dir_problem(tmp_path / "file" / "data")
    assert problem is not None
    assert "cannot be made" in problem


def test_an_old_python_and_another_system_are_told() -> None:
    assert "too old" in (checks.python_problem((3, 10), "linux") or "")
    assert "needs Linux" in (checks.python_problem((3, 12), "darwin") or "")
    assert checks.python_problem(sys.version_info[:2], "linux") is None


def test_a_web_app_that_is_not_built_is_told(tmp_path: Path) -> None:
    assert "not built" in (checks.web_problem(tmp_path) or "")
    (tmp_path / "index.html").touch()
    assert checks.web_problem(tmp_path) is None
