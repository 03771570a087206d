"""A peer that has the keys and invents sources: libsrtp would remember each of them, and look through all of them."""

from __future__ import annotations

import random
from struct import pack

import pytest

from media_server.transport.srtp import MAX_SOURCES, PROFILES, SrtpError, SrtpKeys, SrtpSession


def pair() -> tuple[SrtpSession, SrtpSession]:
    profile = PROFILES[0]
    material = random.Random(1).randbytes(2 * (profile.key_bytes + profile.salt_bytes))  # noqa: S311
    client, server = (SrtpKeys.from_exported(profile, material, is_client=is_client) for is_client in (True, False))
    return SrtpSession(client), SrtpSession(server)


def rtp(ssrc: int, number: int = 1) -> bytes:
    return pack("!BBHII", 0x80, 96, number, 0, ssrc) + b"media"


def test_a_peer_that_invents_sources_gets_so_many_and_keeps_those_it_has() -> None:
    client, server = pair()
    for ssrc in range(MAX_SOURCES):
        assert server.open_rtp(client.seal_rtp(rtp(ssrc))) == rtp(ssrc)
    for datagram in (client.seal_rtp(rtp(MAX_SOURCES)), client.seal_rtp(rtp(0xFFFFFFFF))):
        with pytest.raises(SrtpError, match="too many"):
            server.open_rtp(datagram)
    with pytest.raises(SrtpError, match="too many"):
        server.open_rtcp(client.seal_rtcp(pack("!BBHI", 0x80, 201, 1, 0xABCD)))
    assert server.open_rtp(client.seal_rtp(rtp(0, 2))) == rtp(0, 2)
    report = pack("!BBHI", 0x80, 201, 1, 1)
    assert server.open_rtcp(client.seal_rtcp(report)) == report


def test_forged_packets_use_up_no_source_of_the_peer() -> None:
    client, server = pair()
    for ssrc in range(1_000, 1_000 + 2 * MAX_SOURCES):
        with pytest.raises(SrtpError):
            server.open_rtp(rtp(ssrc) + bytes(16))
    assert server.open_rtp(client.seal_rtp(rtp(1))) == rtp(1)


def test_what_is_longer_than_a_datagram_is_refused_like_any_other() -> None:
    _, server = pair()
    for open_one in (server.open_rtp, server.open_rtcp):
        with pytest.raises(SrtpError):
            open_one(rtp(1) + bytes(1_600))
