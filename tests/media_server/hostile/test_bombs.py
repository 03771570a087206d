"""Requests that are larger than they look, or without end."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest

from media_server.hls_servers.http_request import BadRequest, parse_request
from media_server.http.webrtc import MAX_SDP_BYTES
from tests.support.media_worker import FRAGMENT, SDP, MediaWorker
from tests.support.offers import OfferedMedia
from tests.support.webrtc_client import WebRtcClient

MAX_ANSWER_BYTES = 4_096
ONE_LINE = b"a=x\r\n"


async def say(worker: MediaWorker, *pieces: bytes, endless: bytes = b"") -> bytes:
    """The answer to a request sent in pieces, and its first line at least; `endless` is repeated until it comes."""
    reader, writer = await asyncio.open_connection(*worker.address)
    try:
        for piece in pieces:
            writer.write(piece)
        async with asyncio.timeout(10):
            answer = asyncio.ensure_future(reader.read(MAX_ANSWER_BYTES))
            while endless and not (await asyncio.wait([answer], timeout=0.001))[0]:
                writer.write(endless)
            return await answer
    finally:
        writer.transport.abort()


def head(worker: MediaWorker, path: str = "/whip/s", **headers: str) -> bytes:
    fields = {
        "Host": "localhost",
        "Authorization": f"Bearer {worker.signer.sign('s', 'publish')}",
        "Content-Type": SDP,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode()


async def is_well(worker: MediaWorker) -> bool:
    return (await worker.request("GET", "/health")).status == 200


async def test_a_body_in_chunks_without_end_is_cut_off(worker: MediaWorker) -> None:
    chunk = b"1000\r\n" + b"a" * 0x1000 + b"\r\n"
    answer = await say(worker, head(worker, Transfer_Encoding="chunked"), endless=chunk)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert await is_well(worker)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_body_that_unpacks_to_megabytes_is_refused(worker: MediaWorker, coding: str) -> None:
    plain = bytes(16 << 20)
    packed = gzip.compress(plain, 9) if coding == "gzip" else zlib.compress(plain, 9)
    assert len(packed) < 2 * MAX_SDP_BYTES
    answer = await say(worker, head(worker, Content_Encoding=coding, Content_Length=str(len(packed))) + packed)
    assert answer.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 ", b"HTTP/1.1 415 "))
    assert await is_well(worker)


HEADS = (
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\n",
    b"POST /whip/s HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /whip/s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
)


def test_a_query_of_many_fields_is_refused_before_anybody_looks_into_it() -> None:
    fields = "&".join(f"a{number}=" for number in range(33))
    with pytest.raises(BadRequest, match="fields"):
        parse_request(f"GET /hls/s/index.m3u8?{fields} HTTP/1.1\r\nHost: h\r\n\r\n".encode())


async def test_heads_that_are_no_heads_are_refused(worker: MediaWorker) -> None:
    for request_head in HEADS:
        answer = await say(worker, request_head)
        assert answer[:12] in (b"HTTP/1.0 400", b"HTTP/1.1 400"), request_head[:60]
    announced = await say(worker, head(worker, Content_Length="99999999999999999999"))
    assert announced[:12] in (b"HTTP/1.0 400", b"HTTP/1.1 413")
    assert await is_well(worker)


async def test_fragments_of_the_largest_size_do_nothing_to_the_session_they_are_for(worker: MediaWorker) -> None:
    publisher = await worker.publish("s")
    headers = {"Content-Type": FRAGMENT, "If-Match": "*"}
    ice = f"a=ice-ufrag:{'u' * 8}\r\na=ice-pwd:{'p' * 24}\r\n"
    line = f"a=candidate:1 1 udp 1 192.0.2.1 9 typ host {'x' * 950}\r\n"
    for body, status in (
        (ice + line * 65, 400),
        (ice + ONE_LINE.decode() * 12_000, 400),
        (ice + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 500, 400),
        (ice + "a=" + "x" * 60_000, 400),
        (ice + "a=" + "x" * 70_000, 413),
    ):
        response = await worker.request("PATCH", publisher.location, publisher.token, body, **headers)
        assert response.status == status
    again = await worker.request(
        "PATCH",
        publisher.location,
        publisher.token,
        f"a=ice-ufrag:{publisher.client.ufrag}\r\na=ice-pwd:{publisher.client.password}\r\n",
        **{"Content-Type": FRAGMENT, "If-Match": publisher.etag},
    )
    assert again.status == 204, "the ICE session is the one it was"


async def test_an_offer_of_the_largest_size_is_refused_in_words(worker: MediaWorker) -> None:
    client = WebRtcClient()
    offer = client.offer(OfferedMedia("sendonly", video_ssrc=1, audio_ssrc=2))
    for bomb in (
        "a=ssrc:1 cname:x\r\n" * 3_000,
        "".join(f"a=ssrc:{number} cname:x\r\n" for number in range(1_000)),
        "".join(f"a=rid:r{number} send\r\n" for number in range(1_000)),
        "".join(f"a=extmap:{number} urn:x:{number}\r\n" for number in range(1, 1_000)),
        "a=fmtp:102 " + ";" * 3_000 + "x=y;" * 200 + "\r\n",
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 100,
    ):
        response = await worker.post("whip", "s", offer + bomb, worker.signer.sign("s", "publish"))
        assert response.status in (400, 422)
        assert (await response.json())["error"]["message"]
    await client.close()
