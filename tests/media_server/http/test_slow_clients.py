"""Clients that hold a connection without ever finishing a request."""

from __future__ import annotations

import pytest

from media_server.http import incoming
from media_server.worker import listening
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.slow_http import drip_headers, start_body


async def test_headers_that_never_end_are_given_up(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "_IDLE_CONNECTION_S", 0.3)
    async with media_worker(valkey_url) as worker:
        assert await drip_headers(worker.address[1]) == b""


@pytest.mark.parametrize("protocol", ["whip", "whep"])
async def test_an_offer_that_never_arrives_is_given_up(
    worker: MediaWorker, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    monkeypatch.setattr(incoming, "BODY_TIMEOUT_S", 0.2)
    token = worker.signer.sign("s", "publish", gen=1) if protocol == "whip" else worker.signer.sign("s", "watch")
    head = (
        f"POST /{protocol}/s HTTP/1.1\nHost: localhost\nAuthorization: bearer {token}\n"
        "Content-Type: application/sdp\nContent-Length: 900"
    )
    assert (await start_body(worker.address[1], head)).startswith(b"HTTP/1.1 408 ")
