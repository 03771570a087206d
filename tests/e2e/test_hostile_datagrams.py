"""Datagrams from strangers at the media port, before and during sessions: none of them ends anything."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from aioice import stun

from tests.benchmarks.dtls import DtlsClient, DtlsIdentity
from tests.e2e.conftest import People
from tests.interop import aiortc_peer
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

MOST_UDP_CARRIES = 65_507


def client_hello() -> bytes:
    """What opens a DTLS handshake (CVE-2023-49786 was a race of it against the real peer's)."""
    return DtlsClient(DtlsIdentity(), "").advance()[0]


def binding_request(*, signed: bool) -> bytes:
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    request.attributes["USERNAME"] = "nobody:knows"
    if signed:
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(b"guessed")
        request.add_fingerprint()
    return bytes(request)


DATAGRAMS = {
    "empty": b"",
    "one byte": b"\x16",
    "twenty zeroes": b"\0" * 20,
    "RTP of 100 bytes with a bad tag": b"\x80\x60" + b"\0" * 98,
    "RTP of 1,501 bytes": b"\x80\x60" + b"\0" * 1499,
    "RTCP of 1,600 bytes": b"\x80\xc8" + b"\0" * 1598,
    "BYE in the clear": bytes.fromhex("81cb000100000001"),
    "the largest there is": b"\x80" * MOST_UDP_CARRIES,
    "fatal DTLS alert in the clear": bytes.fromhex("15fefd000000000000000000020228"),
    "ClientHello": client_hello(),
    "STUN without a signature": binding_request(signed=False),
    "STUN with a wrong signature": binding_request(signed=True),
    "STUN cut short": binding_request(signed=True)[:30],
    "STUN error response": bytes.fromhex("011100002112a442") + b"\0" * 12,
}


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock


async def test_sessions_play_on_whatever_strangers_send(people: People, stranger: socket.socket) -> None:
    _, studio = await people.creator()
    stream_id = await studio.go_live("Under fire")
    viewer = await people.viewer(stream_id, transport="webrtc")
    watch = await people.product.join(stream_id)
    target = ("127.0.0.1", people.product.media_port)
    async with aiortc_peer.watching(watch["whepUrl"], watch["token"]) as received:
        await viewer.frames_advance()
        await eventually(lambda: received.frames > 0, timeout_s=20)
        for datagram in DATAGRAMS.values():
            for _ in range(3):
                stranger.sendto(datagram, target)
            seen = received.frames
            await viewer.frames_advance(5)
            await eventually(lambda seen=seen: received.frames > seen + 3, timeout_s=20)  # type: ignore[misc]
    await viewer.shows("live")
    await studio.is_on_air()


async def test_a_flood_while_sessions_are_being_set_up_does_not_keep_them_from_it(
    people: People, stranger: socket.socket
) -> None:
    _, studio = await people.creator()
    stream_id = await studio.go_live("Racing")
    target = ("127.0.0.1", people.product.media_port)
    watch = await people.product.join(stream_id)
    async with aiortc_peer.watching(watch["whepUrl"], watch["token"]) as received:
        # The answer is there and the handshake under way: this is when a stranger's ClientHello used to win.
        for _ in range(100):
            for datagram in DATAGRAMS.values():
                stranger.sendto(datagram, target)
        await eventually(lambda: received.frames >= 10 and received.samples > 0, timeout_s=30)


async def test_a_stranger_gets_no_answer_that_is_larger_than_the_question(
    people: People, stranger: socket.socket
) -> None:
    """The media port must be of no use for amplifying an attack on somebody else."""
    _, studio = await people.creator()
    stream_id = await studio.go_live("No mirror")
    target = ("127.0.0.1", people.product.media_port)
    for datagram in DATAGRAMS.values():
        stranger.sendto(datagram, target)
    viewer = await people.viewer(stream_id, transport="webrtc")
    await viewer.frames_advance()
    stranger.setblocking(False)
    answers = []
    while True:
        try:
            answers.append(stranger.recv(MOST_UDP_CARRIES))
        except BlockingIOError:
            break
    assert sum(map(len, answers)) <= sum(map(len, DATAGRAMS.values()))
    assert max(map(len, answers), default=0) <= max(len(DATAGRAMS["ClientHello"]), 200)
