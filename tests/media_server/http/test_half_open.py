"""Handshakes that never end: how many there may be, and that nobody else feels them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from media_server.http.errors import ApiError
from media_server.http.half_open import HalfOpenLimit
from tests.support.lossy_link import LossyLink
from tests.support.media_worker import MediaWorker, media_worker
from tests.support.offers import OfferedMedia, RemoteTransport
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

HALF_OPEN = 300


class Pending:
    """A transport that is settled when the test says so."""

    def __init__(self) -> None:
        self.settle: Callable[[], None] = lambda: None

    def when_settled(self, callback: Callable[[], None]) -> None:
        self.settle = callback


def refusal(limit: HalfOpenLimit, address: str) -> int:
    with pytest.raises(ApiError) as refused:
        limit.check(address)
    assert refused.value.headers["Retry-After"] == "1"
    return refused.value.status


def test_one_address_has_a_share_and_all_together_a_bound() -> None:
    limit = HalfOpenLimit(total=3, per_site=2)
    pending = [Pending() for _ in range(3)]
    limit.add("192.0.2.1", pending[0])
    limit.add("::ffff:192.0.2.1", pending[1])
    assert refusal(limit, "192.0.2.1") == 429
    limit.check("192.0.2.2")
    limit.add("192.0.2.2", pending[2])
    assert refusal(limit, "192.0.2.3") == 503
    for each in pending:
        each.settle()
    assert limit.count == 0
    limit.check("192.0.2.1")


async def knock(worker: MediaWorker, offer: str) -> tuple[int, str]:
    response = await worker.post("whep", "s", offer, worker.signer.sign("s", "watch"))
    return response.status, await response.text()


async def test_a_flood_of_handshakes_that_never_end_is_bounded_and_viewers_miss_nothing(valkey_url: str) -> None:
    async with media_worker(valkey_url, max_connecting_sessions=HALF_OPEN) as worker:
        await worker.publish("s")
        viewer = await worker.watch("s")
        attacker = WebRtcClient()
        attacker.downlink = LossyLink(loss=1.0)
        offer = attacker.offer(OfferedMedia("recvonly"))
        answered: list[str] = []
        for _ in range(HALF_OPEN // 50):
            answers = await asyncio.gather(*(knock(worker, offer) for _ in range(50)))
            answered += [text for status, text in answers if status == 201]
        assert len(answered) == HALF_OPEN
        # Each is checked once, so that a handshake is waited for.
        for text in answered:
            attacker.use_remote(RemoteTransport.of(text))
            attacker.check()
        assert {status for status, _ in [await knock(worker, offer) for _ in range(20)]} == {503}
        seen = viewer.whole_frames[-1]
        await eventually(lambda: viewer.whole_frames[-1] > seen + 15)
        assert viewer.whole_frames == list(range(viewer.whole_frames[0], viewer.whole_frames[-1] + 1))
        assert viewer.client.undecryptable == 0
        await attacker.close()


async def test_who_gives_up_or_connects_makes_room(valkey_url: str) -> None:
    async with media_worker(valkey_url, max_connecting_sessions=1) as worker:
        await worker.publish("s")
        client = WebRtcClient()
        offer, token = client.offer(OfferedMedia("recvonly")), worker.signer.sign("s", "watch")
        created = await worker.post("whep", "s", offer, token)
        assert created.status == 201
        assert (await worker.post("whep", "s", offer, worker.signer.sign("s", "watch"))).status == 503
        assert (await worker.request("DELETE", created.headers["Location"], token)).status == 200
        await worker.watch("s")
        await worker.watch("s")
        await client.close()


async def test_one_address_does_not_use_up_what_all_have(valkey_url: str) -> None:
    async with media_worker(valkey_url, joins_per_address_burst=5) as worker:
        client = WebRtcClient()
        offer = client.offer(OfferedMedia("sendonly"))
        statuses = []
        for number in range(7):
            stream_id = f"s{number}"
            response = await worker.post("whip", stream_id, offer, worker.signer.sign(stream_id, "publish"))
            statuses.append(response.status)
        assert statuses == [201] * 5 + [429] * 2
        await client.close()
