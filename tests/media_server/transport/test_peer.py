"""One peer on the socket: the handshake with every kind of peer, and what strangers and enemies cannot do to it."""

from __future__ import annotations

import pytest

from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import Pli
from media_server.transport import peer as peer_module
from media_server.transport.consent import CONSENT_LASTS_S, DEAD_AFTER_S
from tests.media_server.transport.stage import TransportStage, goes_on, plain_rtp
from tests.support.dtls_peer import (
    ALL_PROFILES,
    CM_80,
    GCM_128,
    GCM_256,
    DtlsIdentity,
    Profile,
    ecdsa_identity,
    rsa_identity,
)
from tests.support.lossy_link import LossyLink
from tests.support.waiting import eventually
from tests.support.webrtc_client import WebRtcClient

PACKET = RtpPacket(96, 1, 90, 7, payload=b"media")


@pytest.mark.parametrize("is_client", [False, True], ids=["server", "client"])
@pytest.mark.parametrize("identity", [ecdsa_identity, rsa_identity], ids=["ecdsa", "rsa"])
async def test_both_roles_and_both_kinds_of_certificates_connect(
    stage: TransportStage, identity: object, is_client: bool
) -> None:
    assert callable(identity)
    client = WebRtcClient(identity=identity())
    session = stage.session(client, is_client=is_client)
    await client.connect()
    await eventually(lambda: session.heard.srtp is not None)
    client.send_rtp(PACKET)
    client.send_rtcp(Pli(1, 2))
    await eventually(lambda: len(session.heard.rtp) == len(session.heard.rtcp) == 1)
    assert session.heard.rtp == [PACKET.serialize()]
    assert session.heard.address == client.address
    session.transport.send_rtcp(Pli(3, 4).serialize())
    await eventually(lambda: list(client.rtcp) == [Pli(3, 4)])


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        (ALL_PROFILES, GCM_128),
        ((CM_80, GCM_256, GCM_128), GCM_128),
        ((CM_80, GCM_256), GCM_256),
        ((CM_80,), CM_80),
    ],
    ids=["all", "any-order", "gcm-256", "aes-cm"],
)
async def test_the_cheapest_profile_of_both_is_agreed(
    stage: TransportStage, offered: tuple[Profile, ...], agreed: Profile
) -> None:
    client = WebRtcClient(profiles=offered)
    session = stage.session(client)
    await client.connect()
    await eventually(lambda: session.heard.srtp is not None)
    assert client.dtls is not None
    assert client.dtls.profile == agreed
    assert session.heard.srtp is not None
    assert (session.heard.srtp.gcm is not None) is (agreed is not CM_80)
    await goes_on(client, session.heard.rtp)


async def test_a_certificate_other_than_the_one_signalled_is_refused(stage: TransportStage) -> None:
    client = WebRtcClient()
    session = stage.session(client, fingerprint=rsa_identity().fingerprint)
    await client.connect()
    await eventually(lambda: session.heard.closed == ["the DTLS handshake failed"])
    assert session.heard.srtp is None
    client.send_rtp(PACKET)
    await eventually(lambda: stage.endpoint.counters.unknown > 0)
    assert session.heard.rtp == []


async def test_a_fingerprint_of_an_unknown_kind_proves_nothing(stage: TransportStage) -> None:
    client = WebRtcClient(identity=DtlsIdentity.of(ecdsa_identity().key))
    session = stage.session(client, fingerprint="00" * 32)
    await client.connect()
    await eventually(lambda: session.heard.closed == ["the DTLS handshake failed"])


async def test_who_never_checks_is_given_up(stage: TransportStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_module, "CONNECT_TIMEOUT_S", 0.2)
    session = stage.session(WebRtcClient())
    await eventually(lambda: session.heard.closed == ["no connectivity check arrived"], timeout_s=3)


async def test_who_checks_but_never_shakes_hands_is_given_up(
    stage: TransportStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media_server.transport.dtls.HANDSHAKE_TIMEOUT_S", 0.3)
    client = WebRtcClient()
    client.downlink = LossyLink(loss=1.0)
    session = stage.session(client)
    client.check()
    await eventually(lambda: session.heard.closed == ["the DTLS handshake timed out"], timeout_s=3)
    client.check()
    await eventually(lambda: stage.endpoint.counters.unknown > 0)


async def test_media_before_the_keys_is_refused_and_counted(stage: TransportStage) -> None:
    client = WebRtcClient()
    session = stage.session(client)
    client.check()
    await eventually(lambda: len(client.responses) > 0)
    refused = session.transport.counters.refused
    client.transmit(plain_rtp())
    await eventually(lambda: session.transport.counters.refused == refused + 1)
    session.transport.send_rtcp(Pli(1, 2).serialize())
    assert session.heard.rtp == []


async def test_a_replayed_packet_is_refused(stage: TransportStage) -> None:
    client, session = await stage.connected()
    sealed = client.seal(PACKET)
    for _ in range(5):
        client.transmit(sealed)
    await goes_on(client, session.heard.rtp)
    assert session.heard.rtp.count(PACKET.serialize()) == 1
    assert session.transport.counters.refused == 4


async def test_close_notify_ends_the_session_once(stage: TransportStage) -> None:
    client, session = await stage.connected()
    client.say_goodbye()
    await eventually(lambda: session.heard.closed == ["closed by the peer"])
    session.transport.close("again")
    assert session.heard.closed == ["closed by the peer"]
    client.is_consenting = True
    client.check()
    await eventually(lambda: stage.endpoint.counters.unknown > 0)


async def test_closing_says_goodbye_to_the_peer(stage: TransportStage) -> None:
    client, session = await stage.connected()
    session.transport.close("the stream ended")
    await eventually(lambda: client.is_closed_by_server)
    assert session.heard.closed == ["the stream ended"]


async def test_closing_in_the_turn_in_which_the_handshake_ends_connects_nobody(stage: TransportStage) -> None:
    client = WebRtcClient()
    session = stage.session(client)
    original = session.transport.dtls.handshake

    async def closing_handshake(fingerprints: tuple[tuple[str, str], ...]) -> object:
        keys = await original(fingerprints)
        session.transport.close("deleted")
        return keys

    session.transport.dtls.handshake = closing_handshake  # type: ignore[method-assign, assignment]
    await client.connect()
    await eventually(lambda: session.heard.closed == ["deleted"])
    await session.transport.wait_closed()
    assert session.heard.srtp is None


async def test_a_peer_that_moves_is_followed(stage: TransportStage) -> None:
    client, session = await stage.connected()
    before = client.address
    client.roam()
    client.check()
    await eventually(lambda: session.heard.moves == [client.address])
    assert before != client.address
    await goes_on(client, session.heard.rtp)
    session.transport.send_rtcp(Pli(3, 4).serialize())
    await eventually(lambda: list(client.rtcp) == [Pli(3, 4)])


async def test_an_ice_restart_keeps_the_association_and_old_credentials_lapse_with_the_next(
    stage: TransportStage,
) -> None:
    client, session = await stage.connected()
    assert client.remote is not None
    client.is_consenting = False
    old = client.binding_request()
    for _ in range(2):
        credentials = session.transport.restart_ice()
        assert client.remote is not None
        client.use_credentials(credentials.ufrag, credentials.password)
        client.check()
        await goes_on(client, session.heard.rtp, len(session.heard.rtp))
    unknown = stage.endpoint.counters.unknown
    client.transmit(old)
    await eventually(lambda: stage.endpoint.counters.unknown == unknown + 1)
    assert session.heard.closed == []


async def test_silence_of_every_kind_says_a_peer_is_dead(stage: TransportStage) -> None:
    client, session = await stage.connected()
    await eventually(lambda: session.heard.srtp is not None)
    heard_at = session.transport.consent.last_heard
    assert not session.transport.is_dead(heard_at + DEAD_AFTER_S - 0.1)
    assert session.transport.is_dead(heard_at + DEAD_AFTER_S + 0.1)
    client.check()
    await eventually(lambda: session.transport.consent.last_heard > heard_at)
    assert not session.transport.is_dead(heard_at + DEAD_AFTER_S + 0.001)


async def test_a_viewer_that_answers_but_consents_no_more_is_let_go(stage: TransportStage) -> None:
    client, session = await stage.connected()
    await eventually(lambda: session.heard.srtp is not None)
    client.is_consenting = False
    consent = session.transport.consent
    connected_at = consent.last_heard
    consent.heard(now=connected_at + CONSENT_LASTS_S + 1)
    assert session.transport.is_dead(connected_at + CONSENT_LASTS_S + 2)
    client.check()
    await eventually(lambda: not session.transport.is_dead(consent.last_heard + 0.1))


async def test_forged_media_is_no_sign_of_life(stage: TransportStage) -> None:
    client, session = await stage.connected()
    client.is_consenting = False
    await eventually(lambda: session.heard.srtp is not None)
    await goes_on(client, session.heard.rtp)
    heard_at, refused = session.transport.consent.last_heard, session.transport.counters.refused
    client.transmit(plain_rtp())
    await eventually(lambda: session.transport.counters.refused == refused + 1)
    assert session.transport.consent.last_heard == heard_at
