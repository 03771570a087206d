"""What strangers and enemies cannot do to a session, from their own address or from its own."""

from __future__ import annotations

import socket

import pytest

from media_server.rtp.packet import RtpPacket
from tests.media_server.transport.stage import TransportStage, client_hello, goes_on, plain_rtp
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

FATAL_ALERT = bytes.fromhex("15fefd00000000000000000002") + b"\x02\x28"
CLOSE_NOTIFY = bytes.fromhex("15fefd00000000000000000002") + b"\x01\x00"
PACKET = RtpPacket(96, 1, 90, 7, payload=b"media")


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x16",
        b"\x80",
        FATAL_ALERT,
        CLOSE_NOTIFY,
        plain_rtp(),
        b"\x80\xc8" + bytes(1598),
        bytes(20),
        b"\x17" * 900,
    ],
    ids=lambda datagram: f"{datagram[:2].hex() or 'empty'}-{len(datagram)}",
)
async def test_no_datagram_of_a_stranger_hurts_a_session(stage: TransportStage, datagram: bytes) -> None:
    client, session = await stage.connected()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(3):
            stranger.sendto(datagram, stage.address)
        await goes_on(client, session.heard.rtp)
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(2000)
    assert session.heard.closed == []


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x16",
        b"\x80",
        FATAL_ALERT,
        CLOSE_NOTIFY,
        client_hello(),
        plain_rtp(),
        b"\x80\xc8" + bytes(1400),
        b"\x80\xc8" + bytes(1598),
        bytes(20),
        b"\x40" * 100,
        b"\xff" * 100,
        b"\x17\xfe\xfd\x00\x01" + bytes(60),
    ],
    ids=lambda datagram: f"{datagram[:2].hex() or 'empty'}-{len(datagram)}",
)
async def test_no_datagram_forged_from_a_peers_own_address_ends_its_session(
    stage: TransportStage, datagram: bytes
) -> None:
    client, session = await stage.connected()
    for _ in range(3):
        client.transmit(datagram)
    await goes_on(client, session.heard.rtp)
    assert session.heard.closed == []


async def test_a_flood_of_client_hellos_from_strangers_is_not_answered(stage: TransportStage) -> None:
    client = WebRtcClient()
    session = stage.session(client)
    hello = client_hello()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(500):
            stranger.sendto(hello, stage.address)
        await client.connect()
        await eventually(lambda: session.heard.srtp is not None)
        await eventually(lambda: stage.endpoint.counters.unknown == 500)
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.recv(2000)
    await goes_on(client, session.heard.rtp)


async def test_a_handshake_survives_loss_and_a_flood_of_its_own_hellos(stage: TransportStage) -> None:
    client = WebRtcClient()
    session = stage.session(client)
    client.check()
    hello = client_hello()
    for _ in range(100):
        client.transmit(hello)
    # The queue holds 16 of them; the session that asked for this fails or connects, and ends in an orderly way.
    await eventually(lambda: stage.endpoint.counters.received >= 101)
    other, heard = await stage.connected()
    await goes_on(other, heard.heard.rtp)
    session.transport.close("enough")
    assert session.heard.closed == ["enough"]


async def test_a_stolen_address_is_taken_back_by_the_next_check(stage: TransportStage) -> None:
    victim, session = await stage.connected()
    victim.is_consenting = False
    thief = WebRtcClient()
    stage.session(thief)
    # The thief owns a session of his own and sends its check from the victim's address.
    victim.transmit(thief.binding_request())
    received = stage.endpoint.counters.received
    await eventually(lambda: stage.endpoint.counters.received > received or len(victim.responses) > 1)
    heard = len(session.heard.rtp)
    victim.send_rtp(PACKET)
    await eventually(lambda: stage.sessions[1].transport.counters.refused == 1)
    assert len(session.heard.rtp) == heard
    assert session.heard.closed == []
    victim.check()
    await goes_on(victim, session.heard.rtp)
    # The thief's end does not take the address with it.
    stage.sessions[1].transport.close("caught")
    await goes_on(victim, session.heard.rtp, 2)
