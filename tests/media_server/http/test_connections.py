"""A worker that holds as many connections as it may, all of people who never finish asking."""

from __future__ import annotations

import asyncio
import resource
from contextlib import ExitStack
from socket import create_connection, socket

import pytest

from media_server.http import connections
from media_server.http.connections import affordable, raise_file_limit
from tests.support.media_worker import media_worker
from tests.support.waiting import eventually

MAXIMUM = 8


def is_closed(connection: socket) -> bool:
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


async def test_who_never_finishes_asking_makes_room_for_who_does(valkey_url: str) -> None:
    async with media_worker(valkey_url, http_connections=MAXIMUM) as worker:
        with ExitStack() as stack:
            slow = [stack.enter_context(create_connection(worker.address)) for _ in range(3 * MAXIMUM)]
            for connection in slow:
                connection.setblocking(False)
                connection.send(b"GET /health HTTP/1.1\r\nX-A: ")

            async def is_let_in_for_others() -> bool:
                assert (await worker.request("GET", "/health", Connection="close")).status == 200
                return sum(map(is_closed, slow)) > 2 * MAXIMUM

            await eventually(is_let_in_for_others)
            assert not is_closed(slow[-1]), "the oldest go first"


async def test_who_is_being_answered_gets_the_answer(valkey_url: str) -> None:
    async with media_worker(valkey_url, http_connections=2) as worker:
        token = worker.signer.sign("s", "publish")
        reader, writer = await asyncio.open_connection(*worker.address)
        writer.write(
            f"POST /whip/s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=".encode()
        )
        await asyncio.gather(*(worker.request("GET", "/health", Connection="close") for _ in range(8)))
        writer.write(b"0\n")
        async with asyncio.timeout(10):
            assert (await reader.readline()).startswith(b"HTTP/1.1 4")
        writer.close()


def test_files_are_left_for_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"soft": 1_024, "hard": 20_000}
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limits["soft"], limits["hard"]))
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: limits.update(soft=wanted[0]))
    assert affordable(4_096) == 1_024 - connections._OTHER_FILES
    raise_file_limit()
    assert limits["soft"] == 20_000
    assert affordable(4_096) == 4_096
    limits["soft"] = resource.RLIM_INFINITY
    assert affordable(4_096) == 4_096
