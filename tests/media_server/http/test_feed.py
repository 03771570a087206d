"""Opening a feed: who may, what is refused, and that the UDP port believes nobody without the key."""

from __future__ import annotations

import random
import socket
from typing import get_args

import pytest

from media_server.feed import FeedOffer
from media_server.rtp.packet import RtpPacket
from media_server.tokens import Action
from tests.support.fed_mix import SILENCE
from tests.support.media_worker import SDP, MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

JSON = "application/json"
LISTEN = OfferedMedia("recvonly", video=())
SPEAK = OfferedMedia("sendonly", video=())


async def post_feed(
    worker: MediaWorker, token: str, body: bytes | None = None, *, stream_id: str = "m", content_type: str = JSON
) -> tuple[int, str]:
    """Status and error code."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
    data = FeedOffer.generate().serialize() if body is None else body
    async with worker.http.post(f"{worker.url}/feed/{stream_id}", data=data, headers=headers) as response:
        told = await response.json()
        return response.status, told["error"]["code"] if response.status >= 400 else ""


async def code_of(worker: MediaWorker, protocol: str, media: OfferedMedia, token: str) -> tuple[int, str]:
    client = WebRtcClient()
    response = await worker.post(protocol, "m", client.offer(media), token)
    await client.close()
    return response.status, (await response.json())["error"]["code"] if response.status >= 400 else ""


async def test_a_feed_is_told_where_to_send_and_can_be_ended(worker: MediaWorker) -> None:
    token = worker.signer.sign("m", "feed")
    headers = {"Authorization": f"Bearer {token}"}
    async with worker.http.post(
        f"{worker.url}/feed/m", data=FeedOffer.generate().serialize(), headers=headers | {"Content-Type": JSON}
    ) as response:
        assert response.status == 201
        told, location = await response.json(), response.headers["Location"]
    assert told["host"] == "127.0.0.1"
    assert 0 < told["port"] < 65_536
    assert location.startswith("/feed/m/")
    stranger = worker.signer.sign("m", "feed")
    assert (await worker.request("DELETE", location, stranger)).status == 404
    assert (await worker.request("DELETE", location, token)).status == 200
    assert (await worker.request("DELETE", location, token)).status == 404


@pytest.mark.parametrize("action", [action for action in get_args(Action) if action != "feed"])
async def test_no_other_token_opens_a_feed(worker: MediaWorker, action: Action) -> None:
    assert await post_feed(worker, worker.signer.sign("m", action)) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("protocol", "media", "actions"),
    [("whep", LISTEN, ("publish", "talk", "feed")), ("whip", SPEAK, ("watch", "monitor", "feed"))],
    ids=["whep", "whip"],
)
async def test_no_other_token_opens_the_other_doors(
    worker: MediaWorker, protocol: str, media: OfferedMedia, actions: tuple[Action, ...]
) -> None:
    async with worker.feed("m"):
        for action in actions:
            assert await code_of(worker, protocol, media, worker.signer.sign("m", action)) == (403, "FORBIDDEN")


async def test_a_token_for_another_stream_opens_nothing(worker: MediaWorker) -> None:
    async with worker.feed("m"):
        await worker.until_room("m", "live")
        for protocol, media, action in (
            ("whep", LISTEN, "monitor"),
            ("whep", LISTEN, "watch"),
            ("whip", SPEAK, "talk"),
        ):
            token = worker.signer.sign("other", action)  # type: ignore[arg-type]
            assert await code_of(worker, protocol, media, token) == (403, "FORBIDDEN")
        assert await post_feed(worker, worker.signer.sign("other", "feed")) == (403, "FORBIDDEN")


@pytest.mark.parametrize("action", ["monitor", "talk", "feed"])
async def test_hls_is_for_viewers(worker: MediaWorker, action: Action) -> None:
    token = worker.signer.sign("m", action)
    assert (await worker.request("GET", "/hls/m/index.m3u8", token)).status == 403


async def test_an_expired_or_missing_token_opens_no_feed(worker: MediaWorker) -> None:
    assert await post_feed(worker, worker.signer.sign("m", "feed", exp=1)) == (401, "TOKEN_EXPIRED")
    assert await post_feed(worker, "") == (401, "TOKEN_MISSING")
    assert await post_feed(worker, worker.signer.sign("m", "feed", gen=0)) == (401, "TOKEN_INVALID")


async def test_a_body_that_is_no_offer_is_refused(worker: MediaWorker) -> None:
    token = worker.signer.sign("m", "feed")
    assert await post_feed(worker, token, b"{}") == (400, "FEED_UNREADABLE")
    assert await post_feed(worker, token, b"x" * 5_000) == (400, "FEED_UNREADABLE")
    assert await post_feed(worker, token, b"x" * 100_000) == (413, "BODY_TOO_LARGE")
    assert await post_feed(worker, token, content_type=SDP) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_an_older_generation_does_not_take_a_feed_back(worker: MediaWorker) -> None:
    async with worker.feed("m", generation=5):
        assert await post_feed(worker, worker.signer.sign("m", "feed", gen=4)) == (409, "SUPERSEDED")
        assert await post_feed(worker, worker.signer.sign("m", "feed", gen=5)) == (201, "")


async def test_two_streams_cannot_have_one_ssrc(worker: MediaWorker) -> None:
    offer = FeedOffer.generate()
    token, other = worker.signer.sign("m", "feed"), worker.signer.sign("other", "feed")
    assert await post_feed(worker, token, offer.serialize()) == (201, "")
    again = offer.with_new_key().serialize()
    assert await post_feed(worker, other, again, stream_id="other") == (409, "SSRC_TAKEN")
    assert await post_feed(worker, token, again) == (201, "")


async def test_a_stream_is_fed_or_published_and_never_both(worker: MediaWorker) -> None:
    async with worker.feed("m"):
        token = worker.signer.sign("m", "publish")
        assert await code_of(worker, "whip", SPEAK, token) == (409, "ALREADY_PUBLISHING")
    await worker.publish("camera")
    token = worker.signer.sign("camera", "feed")
    assert await post_feed(worker, token, stream_id="camera") == (409, "ALREADY_PUBLISHING")
    client = WebRtcClient()
    talk, monitor = worker.signer.sign("camera", "talk"), worker.signer.sign("camera", "monitor")
    assert (await worker.post("whip", "camera", client.offer(SPEAK), talk)).status == 409
    assert (await worker.post("whep", "camera", client.offer(LISTEN), monitor)).status == 409
    await client.close()


async def test_who_monitors_before_there_is_a_mix_is_told_to_wait(worker: MediaWorker) -> None:
    client = WebRtcClient()
    response = await worker.post("whep", "m", client.offer(LISTEN), worker.signer.sign("m", "monitor"))
    await client.close()
    assert (response.status, response.headers["Retry-After"]) == (404, "1")


async def test_a_flood_of_forged_datagrams_changes_nothing(worker: MediaWorker) -> None:
    rng = random.Random(1)  # noqa: S311
    offer = FeedOffer.generate()
    stranger = FeedOffer.generate().srtp()
    async with worker.feed("m", programme=lambda _: SILENCE) as mix:
        await worker.until_room("m", "live")
        viewer = await worker.watch("m")
        token = worker.signer.sign("other", "feed")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": JSON}
        async with worker.http.post(f"{worker.url}/feed/other", data=offer.serialize(), headers=headers) as response:
            told = await response.json()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for count in range(300):
                ssrc = rng.choice((offer.programme_ssrc, offer.cue_ssrc, offer.talk_ssrc, 7))
                packet = RtpPacket(111, count, 0, ssrc, payload=rng.randbytes(30)).serialize()
                for datagram in (packet, stranger.seal_rtp(packet), rng.randbytes(rng.randrange(1, 2_000)), b""):
                    sock.sendto(datagram, (told["host"], told["port"]))
        before = len(viewer.audio)
        await eventually(lambda: len(viewer.audio) > before + 20)
        assert mix.sender.state == "connected"
        assert {packet.payload for packet in viewer.audio} == {SILENCE}
        assert await worker.room("other") == {}
