"""However much feedback is due at once, each RTCP datagram fits the network and libsrtp."""

from __future__ import annotations

from typing import Any, cast

from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import TransportFeedback, parse_compound
from media_server.sdp import Codec, Encoding, ReceivedTrack
from media_server.sdp.shapes import TRANSPORT_CC
from media_server.sessions.publisher import PublisherHooks, PublisherSession

H264 = Codec("H264", 102, 90_000, 1, {}, ("nack", "transport-cc"))
PACKETS = 3000


class RecordingTransport:
    """Takes what would be sealed and sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send_rtcp(self, packet: bytes) -> None:
        self.sent.append(packet)


def test_feedback_for_seconds_of_packets_is_spread_over_datagrams() -> None:
    session = PublisherSession(
        "id",
        action="publish",
        user_id="user",
        token_id="token",
        generation=1,
        tracks=(ReceivedTrack("video", "0", H264, (Encoding(ssrc=7),), {TRANSPORT_CC: 3}),),
        cname="cname",
        clock=lambda: 0.0,
        hooks=PublisherHooks(
            connected=lambda _: None,
            heard=lambda _: None,
            received=lambda *_: None,
            media=lambda *_: None,
            sender_report=lambda *_: None,
            closed=lambda _: None,
        ),
    )
    transport = RecordingTransport()
    session.transport = cast("Any", transport)
    for number in range(PACKETS):
        # Every third is lost, and the times between them differ: what takes most room to say.
        if number % 3:
            packet = RtpPacket(102, number, 0, 7, False, b"x", {3: number.to_bytes(2, "big")})
            session.on_rtp(packet.serialize(), now=number * 0.02 * (1 + number % 2))
    session.poll(now=1000.0)
    assert len(transport.sent) > 1
    assert max(map(len, transport.sent)) <= 1_200
    parts = [part for datagram in transport.sent for part in parse_compound(datagram)]
    assert sum(len(part.deltas) for part in parts if isinstance(part, TransportFeedback)) >= PACKETS - 2
