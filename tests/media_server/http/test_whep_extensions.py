"""What viewers are told of a stream, and which layer they ask for (draft-ietf-wish-whep, "Protocol extensions")."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientResponse

from media_server.http import whep_events
from tests.support.live_peers import Viewer
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

JSON = {"Content-Type": "application/json"}
EVENTS = "active,inactive,layers,viewercount"


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whep_events, "LOOK_EVERY_S", 0.05)


class Listener:
    """Reads one stream of events as a browser does."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response
        self._text = ""

    async def next(self) -> tuple[str, Any]:
        """Its name and its data; a comment is passed over. Raises EOFError."""
        while True:
            event, found, rest = self._text.partition("\n\n")
            if not found:
                chunk = await self.response.content.readany()
                if not chunk:
                    raise EOFError
                self._text += chunk.decode()
                continue
            self._text = rest
            if event.startswith("event: "):
                name, data = event.split("\n")
                return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def until(self, name: str, data: Any) -> None:
        """Pass over what comes before it."""
        while await self.next() != (name, data):
            pass


async def listen_at(worker: MediaWorker, viewer: Viewer, body: str = "") -> str:
    headers = JSON if body else {}
    response = await worker.request("POST", f"{viewer.location}/sse", viewer.token, body, **headers)
    assert response.status == 201, await response.text()
    return response.headers["Location"]


@asynccontextmanager
async def listening(worker: MediaWorker, viewer: Viewer, body: str = "") -> AsyncIterator[Listener]:
    location = await listen_at(worker, viewer, body)
    headers = {"Authorization": f"Bearer {viewer.token}"}
    async with worker.http.get(worker.url + location, headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        yield Listener(response)


async def test_both_extensions_are_announced_to_viewers_and_to_nobody_else(worker: MediaWorker) -> None:
    await worker.publish("s")
    client = WebRtcClient()
    watching = client.offer(OfferedMedia("recvonly"))
    response = await worker.post("whep", "s", watching, worker.signer.sign("s", "watch"))
    location = response.headers["Location"]
    links = response.headers.getall("Link")
    assert links == [
        f'<{location}/sse>; rel="urn:ietf:params:whep:ext:core:server-sent-events"; events="{EVENTS}"',
        f'<{location}/layer>; rel="urn:ietf:params:whep:ext:core:layer"',
    ]
    sending = client.offer(OfferedMedia("sendonly"))
    assert "Link" not in (await worker.post("whip", "t", sending, worker.signer.sign("t", "publish"))).headers
    await client.close()


async def test_a_viewer_hears_of_the_publisher_the_layers_and_who_watches(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 3)
    async with listening(worker, viewer) as heard:
        first = [await heard.next() for _ in range(3)]
        assert first[0] == ("active", {})
        assert first[2] == ("viewercount", {"viewercount": 1})
        name, layers = first[1]
        assert name == "layers"
        ((mid, (layer,)),) = layers.items()
        assert (mid, layer["rid"], layer["spatialLayerId"], layer["temporalLayerId"]) == ("1", "0", 0, 0)
        await worker.watch("s")
        await heard.until("viewercount", {"viewercount": 2})
        await worker.request("DELETE", publisher.location, publisher.token)
        await heard.until("inactive", {})
        await worker.publish("s", generation=2)
        await heard.until("active", {})


async def test_only_what_was_asked_for_is_told(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    async with listening(worker, viewer, '["inactive", "reconnect"]') as heard:
        # Everything else would come before it.
        await worker.request("DELETE", publisher.location, publisher.token)
        assert await heard.next() == ("inactive", {})


async def test_events_end_with_the_session(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    async with listening(worker, viewer, '["active"]') as heard:
        assert await heard.next() == ("active", {})
        assert (await worker.request("DELETE", viewer.location, viewer.token)).status == 200
        with pytest.raises(EOFError):
            await heard.next()


async def test_events_end_when_the_viewer_says_so_and_when_another_request_reads_them(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    location = await listen_at(worker, viewer, '["active"]')
    headers = {"Authorization": f"Bearer {viewer.token}"}
    async with worker.http.get(worker.url + location, headers=headers) as first:
        assert await Listener(first).next() == ("active", {})
        async with worker.http.get(worker.url + location, headers=headers) as second:
            heard = Listener(second)
            assert await heard.next() == ("active", {})
            with pytest.raises(EOFError):
                await Listener(first).next()
            assert (await worker.request("DELETE", location, viewer.token)).status == 200
            with pytest.raises(EOFError):
                await heard.next()
    assert (await worker.request("GET", location, viewer.token)).status == 404


async def test_the_extensions_take_their_own_methods_and_no_others(worker: MediaWorker) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    location = await listen_at(worker, viewer)
    for path, allowed in ((f"{viewer.location}/layer", "POST"), (f"{viewer.location}/sse", "POST"), (location, "GET")):
        assert (await worker.request("HEAD", path, viewer.token)).status == 405
        assert (await worker.request("PUT", path, viewer.token)).status == 405
        preflight = await worker.request("OPTIONS", path, Origin="https://example.org")
        assert preflight.status == 204
        assert allowed in preflight.headers["Access-Control-Allow-Methods"]


async def test_streams_of_events_are_bounded(valkey_url: str) -> None:
    async with media_worker(valkey_url, max_sessions=3) as worker:
        await worker.publish("s")
        first, second = await worker.watch("s"), await worker.watch("s")
        locations = [await listen_at(worker, first) for _ in range(3)]
        assert (await worker.request("DELETE", locations[0], first.token)).status == 404
        await listen_at(worker, second)
        refused = await worker.request("POST", f"{second.location}/sse", second.token)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        await worker.request("DELETE", first.location, first.token)
        await listen_at(worker, second)


@pytest.mark.parametrize(
    ("body", "status"),
    [("rubbish", 400), ("{}", 400), ("[1]", 400), ("[]", 422), ('["scte35"]', 422), ('["active"]', 201)],
)
async def test_names_of_events_are_checked(worker: MediaWorker, body: str, status: int) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    response = await worker.request("POST", f"{viewer.location}/sse", viewer.token, body, **JSON)
    assert response.status == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{}", 200),
        ('{"mediaId": "1", "rid": "0"}', 200),
        ('{"encodingId": "0", "maxTemporalLayerId": 1, "maxWidth": 640}', 200),
        ('{"rid": "7"}', 422),
        ('{"rid": "hd"}', 422),
        ('{"spatialLayerId": 3}', 422),
        ('{"mediaId": "0"}', 422),
        ('{"maxHeight": -1}', 400),
        ('{"maxHeight": "720"}', 400),
        ("[]", 400),
        ("rubbish", 400),
        ("", 415),
    ],
)
async def test_a_layer_is_asked_for(worker: MediaWorker, body: str, status: int) -> None:
    await worker.publish("s")
    viewer = await worker.watch("s")
    headers = JSON if body else {}
    response = await worker.request("POST", f"{viewer.location}/layer", viewer.token, body, **headers)
    assert response.status == status, await response.text()


async def test_the_extensions_are_a_sessions_own(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    viewer, other = await worker.watch("s"), await worker.watch("s")
    location = await listen_at(worker, viewer)
    strangers = [(other.token, 404), (worker.signer.sign("s", "watch"), 404), (publisher.token, 403), ("", 401)]
    for token, status in strangers:
        for method, path, body in (
            ("POST", f"{viewer.location}/layer", "{}"),
            ("POST", f"{viewer.location}/sse", '["active"]'),
            ("GET", location, ""),
            ("DELETE", location, ""),
        ):
            headers = JSON if body else {}
            assert (await worker.request(method, path, token, body, **headers)).status == status
    mixed = re.sub(r"/whep/s/[^/]+/", f"{other.location}/", location)
    assert (await worker.request("DELETE", mixed, other.token)).status == 404
    assert (await worker.request("DELETE", location, viewer.token)).status == 200
