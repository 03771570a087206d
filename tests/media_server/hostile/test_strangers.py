"""What the worker's socket says to addresses that have not proved themselves, and what it believes of them."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from aioice import stun

from media_server.rtp.packet import RtpPacket
from tests.media_server.transport.stage import TransportStage, goes_on, transport_stage
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

MAX_AMPLIFICATION = 3
"""What a reflector may send back to an address that is not proved yet, in multiples of the request (RFC 9000 §8)."""


@pytest.fixture
async def stage() -> AsyncIterator[TransportStage]:
    async with transport_stage() as made:
        yield made


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


async def answers(stage: TransportStage, stranger: socket.socket, datagrams: list[bytes]) -> list[bytes]:
    """All that comes back for `datagrams`."""
    before = stage.endpoint.counters.received
    for datagram in datagrams:
        stranger.sendto(datagram, stage.address)
    await eventually(lambda: stage.endpoint.counters.received >= before + len(datagrams))
    heard: list[bytes] = []
    while True:
        try:
            heard.append(stranger.recv(65_536))
        except BlockingIOError:
            return heard


def message(
    session_ufrag: str,
    password: str = "",
    *,
    message_class: stun.Class = stun.Class.REQUEST,
    method: stun.Method = stun.Method.BINDING,
) -> bytes:
    """A STUN message that names a session, signed where there is a password."""
    made = stun.Message(message_method=method, message_class=message_class)
    made.attributes["USERNAME"] = f"{session_ufrag}:stranger"
    if password:
        made.add_message_integrity(password.encode())
    return bytes(made)


async def test_who_cannot_sign_gets_no_answer_and_no_error_of_any_kind(
    stage: TransportStage, stranger: socket.socket
) -> None:
    client, session = await stage.connected()
    ufrag, password = session.credentials.ufrag, session.credentials.password
    unsigned = [message(ufrag), message(ufrag, "x" * 48), message(ufrag, "")[:-3], message("nobody", password)]
    # A peer's own answers and errors thrown back at us: two reflectors must not begin to talk to each other.
    reflected = [
        message(ufrag, password, message_class=kind)
        for kind in (stun.Class.INDICATION, stun.Class.RESPONSE, stun.Class.ERROR)
    ]
    turned = [message(ufrag, password, method=method) for method in stun.Method if method != stun.Method.BINDING]
    assert await answers(stage, stranger, [*unsigned, *reflected, *turned] * 3) == []
    assert session.transport.ice.validated == (client.address,)
    await goes_on(client, session.heard.rtp)


@pytest.mark.parametrize("padding", [0, 64, 600])
async def test_an_answer_is_no_larger_than_thrice_its_question_and_there_is_one(
    stage: TransportStage, stranger: socket.socket, padding: int
) -> None:
    _, session = await stage.connected()
    question = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    question.attributes["USERNAME"] = f"{session.credentials.ufrag}:s"
    if padding:
        question.attributes["SOFTWARE"] = "s" * padding
    question.add_message_integrity(session.credentials.password.encode())
    asked = [bytes(question)] * 20
    heard = await answers(stage, stranger, asked)
    assert len(heard) == len(asked)
    assert max(map(len, heard)) <= MAX_AMPLIFICATION * len(asked[0])
    # Whoever hears it is answered, but hears no media and no handshake for it.
    assert {datagram[:2] for datagram in heard} == {b"\x01\x01"}


async def test_what_a_peer_sealed_is_not_believed_from_another_address(
    stage: TransportStage, stranger: socket.socket
) -> None:
    client, session = await stage.connected()
    sealed = client.seal(RtpPacket(96, 1, 90, 7, payload=b"stolen"))
    unknown = stage.endpoint.counters.unknown
    assert await answers(stage, stranger, [sealed] * 5) == []
    assert stage.endpoint.counters.unknown == unknown + 5
    assert session.heard.rtp == []
    # From where it belongs the very same bytes are good, once.
    for _ in range(5):
        client.transmit(sealed)
    await goes_on(client, session.heard.rtp)
    assert [RtpPacket.parse(packet).payload for packet in session.heard.rtp] == [b"stolen", b"media"]
    assert session.transport.counters.refused == 4


async def test_a_conversation_recorded_on_the_way_and_sent_again_changes_nothing(worker: MediaWorker) -> None:
    recorded: list[bytes] = []

    class Tapped(WebRtcClient):
        def transmit(self, datagram: bytes) -> None:
            recorded.append(datagram)
            super().transmit(datagram)

    publisher = await worker.publish("s", client=Tapped())
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.whole_frames) > 15)
    await publisher.stop()
    video = publisher.video
    assert video is not None
    await eventually(lambda: viewer.whole_frames[-1] == video.frames - 1)
    before = [packet.sequence_number for packet in viewer.video]
    for datagram in recorded.copy():
        publisher.client.transmit(datagram)
    publisher.start()
    frames = len(viewer.whole_frames)
    await eventually(lambda: len(viewer.whole_frames) > frames + 10)
    numbers = [packet.sequence_number for packet in viewer.video]
    assert numbers[: len(before)] == before
    assert len(set(numbers)) == len(numbers)


async def test_thousands_of_datagrams_of_strangers_cost_a_session_nothing(
    stage: TransportStage, stranger: socket.socket
) -> None:
    client, session = await stage.connected()
    known = len(session.transport.ice.validated)
    noise = [b"\x80\x60" + bytes(60), b"\x16\xfe\xff" + bytes(100), message("nobody", "x" * 24), b"\xff" * 900, b""]
    for number in range(30):
        assert await answers(stage, stranger, [noise[number % len(noise)]] * 100) == []
    await goes_on(client, session.heard.rtp)
    assert len(session.transport.ice.validated) == known
    assert session.heard.closed == []
