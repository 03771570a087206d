"""What reports and connectivity checks of viewers cost, from the socket on: `python -m tests.benchmarks.reports`.

In this process and by CPU time, so that a busy machine disturbs it little.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from aioice import stun

from media_server.congestion.reading import plain_readers
from media_server.rtp.rtcp import ReceiverReport, ReportBlock, SourceDescription, serialize_compound
from media_server.sessions.viewer import ViewerHooks, ViewerSession
from media_server.transport.dtls import Certificate
from media_server.transport.endpoint import UdpEndpoint, bind_udp
from media_server.transport.fanout import PlainFanOut
from media_server.transport.ice import IceCredentials
from media_server.transport.peer import PeerTransport
from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpSession

VIEWERS: Final = 1000
ROUNDS: Final = 5
_BURST: Final = 100
"""Datagrams that wait in the socket together."""


@dataclass(frozen=True, slots=True)
class FeedbackCost:
    """Microseconds of CPU each."""

    report_us: float
    check_us: float

    def __str__(self) -> str:
        return f"a receiver report {self.report_us:.1f} µs, a connectivity check {self.check_us:.1f} µs"


class _Viewer:
    """A viewer's session, its keys made rather than agreed on, and its socket."""

    def __init__(self, endpoint: UdpEndpoint, certificate: Certificate, fan_out: PlainFanOut) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", endpoint.port))
        profile = PROFILES[0]
        material = os.urandom(2 * (profile.key_bytes + profile.salt_bytes))
        self._ours = SrtpSession(SrtpKeys.from_exported(profile, material, is_client=True))
        credentials = IceCredentials.generate()
        session = ViewerSession(
            "session",
            action="watch",
            viewer_id="viewer",
            token_id="token",
            tracks_of_room={},
            tracks=(),
            cname="benchmark",
            fan_out=fan_out,
            make_reader=plain_readers(),
            clock=time.monotonic,
            hooks=ViewerHooks(started=lambda _: None, closed=lambda _: None),
        )
        transport = PeerTransport(
            endpoint,
            certificate,
            is_dtls_client=False,
            fingerprints=(),
            events=session,
            clock=time.monotonic,
            credentials=credentials,
        )
        session.transport = transport
        transport.srtp = SrtpSession(SrtpKeys.from_exported(profile, material, is_client=False))
        endpoint.add_address(self.socket.getsockname(), transport)
        self.session = session
        self._check = _signed_check(credentials)

    def report(self) -> bytes:
        """The next one, sealed."""
        report = ReceiverReport(1, (ReportBlock(2, 0, 0, 3, 4, 5, 6),))
        return self._ours.seal_rtcp(serialize_compound([report, SourceDescription.of_cname(1, "a listener's")]))

    def check(self) -> bytes:
        return self._check


async def measure_feedback(viewers: int = VIEWERS, rounds: int = ROUNDS) -> FeedbackCost:
    """The least of `rounds`."""
    sock = bind_udp("127.0.0.1", 0)
    endpoint = UdpEndpoint(sock, on_drained=lambda: None)
    certificate = Certificate.generateCertificate()
    assert isinstance(certificate, Certificate)
    crowd = [_Viewer(endpoint, certificate, PlainFanOut(sock, use_gso=False)) for _ in range(viewers)]
    report_s, check_s = float("inf"), float("inf")
    for _ in range(rounds):
        check_s = min(check_s, _drained(endpoint, crowd, [viewer.check() for viewer in crowd]))
        report_s = min(report_s, _drained(endpoint, crowd, [viewer.report() for viewer in crowd]))
    for viewer in crowd:
        viewer.session.close("enough")
        viewer.socket.close()
    await asyncio.sleep(0)
    sock.close()
    return FeedbackCost(report_s / viewers * 1e6, check_s / viewers * 1e6)


def _drained(endpoint: UdpEndpoint, crowd: Sequence[_Viewer], datagrams: Sequence[bytes]) -> float:
    """CPU seconds for all, a burst at a time, as they come to a worker that is busy."""
    took = 0.0
    for start in range(0, len(crowd), _BURST):
        for viewer, datagram in zip(crowd[start : start + _BURST], datagrams[start : start + _BURST], strict=True):
            viewer.socket.send(datagram)
        began = time.process_time()
        endpoint._drain()
        took += time.process_time() - began
    return took


def _signed_check(credentials: IceCredentials) -> bytes:
    message = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{credentials.ufrag}:abcd"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(credentials.password.encode())
    message.add_fingerprint()
    return bytes(message)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reports", description=__doc__)
    parser.add_argument("--viewers", type=int, default=VIEWERS)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(asyncio.run(measure_feedback(parser.parse_args().viewers)))
