"""Both forms of the fan-out on real sockets, and legs and packets for them."""

from __future__ import annotations

import random
import socket
from typing import NamedTuple

from media_server.rtp.extensions import NONE_AGREED, TRANSPORT_CC, ExtensionMap
from media_server.rtp.leg import Address, MediaPacket, RtpLeg
from media_server.rtp.send_history import SendHistory
from media_server.transport.endpoint import bind_udp
from media_server.transport.fanout import PlainFanOut
from media_server.transport.fanout.kernel import KernelFanOut
from media_server.transport.srtp import PROFILES, SrtpKeys, SrtpSession

# A VP8 picture id of 15 bits could be at 2, one of 7 bits at 4.
FILLER = b"\x90\x80\xff\xfe\x7f" + random.Random(5).randbytes(1395)  # noqa: S311
LEGS = 3
NOW = 1_234_567.891


class Numbers(NamedTuple):
    """What differs from leg to leg."""

    profile: int
    ssrc: int
    payload_type: int
    index_offset: int
    timestamp_offset: int
    picture_id_offset: int = 0
    tl0_offset: int = 0


def new_leg(
    of: Numbers,
    address: Address,
    seed: int = 0,
    agreed: ExtensionMap = NONE_AGREED,
    history: SendHistory | None = None,
) -> RtpLeg:
    session = SrtpSession(_keys(of, seed, is_client=False))
    leg = RtpLeg(
        ssrc=of.ssrc,
        payload_type=of.payload_type,
        cipher=session.rtp_cipher,
        address=address,
        extensions=agreed,
        history=history if agreed.id_of(TRANSPORT_CC) else None,
    )
    leg.index_offset, leg.timestamp_offset = of.index_offset, of.timestamp_offset
    leg.picture_id_offset, leg.tl0_offset = of.picture_id_offset, of.tl0_offset
    return leg


def peer_of(of: Numbers, seed: int) -> SrtpSession:
    """Who opens what is sent by the leg of `of` and `seed`."""
    return SrtpSession(_keys(of, seed, is_client=True))


def _keys(of: Numbers, seed: int, *, is_client: bool) -> SrtpKeys:
    profile = PROFILES[of.profile]
    material = random.Random(seed).randbytes(2 * (profile.key_bytes + profile.salt_bytes))  # noqa: S311
    return SrtpKeys.from_exported(profile, material, is_client=is_client)


SOME = Numbers(0, 7, 96, 1000, 5)


class Wire:
    """Sockets for legs to arrive at, first those of IPv4; both forms, on IPv4 sockets and on those of both families."""

    def __init__(self) -> None:
        self.receivers = [bind_udp(host, 0) for host in ("127.0.0.1", "::1") for _ in range(LEGS)]
        for receiver in self.receivers:
            receiver.settimeout(2.0)
        self.senders: list[socket.socket] = []
        self.plain = {use_gso: self._plain(use_gso, "127.0.0.1") for use_gso in (False, True)}
        self.kernel = {use_gso: self._kernel(use_gso, "127.0.0.1") for use_gso in (False, True)}
        self.dual_plain = {use_gso: self._plain(use_gso, "::") for use_gso in (False, True)}
        self.dual_kernel = {use_gso: self._kernel(use_gso, "::") for use_gso in (False, True)}

    def _plain(self, use_gso: bool, host: str) -> PlainFanOut:
        return PlainFanOut(self._sender(host), use_gso=use_gso, clock=lambda: NOW)

    def _kernel(self, use_gso: bool, host: str) -> KernelFanOut:
        return KernelFanOut(self._sender(host), use_gso=use_gso, clock=lambda: NOW, worth_compiled=0)

    def _sender(self, host: str) -> socket.socket:
        self.senders.append(bind_udp(host, 0))
        return self.senders[-1]

    def address(self, place: int) -> Address:
        host, port = self.receivers[place].getsockname()[:2]
        return host, port

    def received(self, place: int, count: int) -> list[bytes]:
        return [self.receivers[place].recv(2048) for _ in range(count)]

    def is_silent(self, place: int) -> bool:
        """Loopback delivers within the send, so what has not arrived was not sent."""
        receiver = self.receivers[place]
        receiver.setblocking(False)
        try:
            receiver.recv(2048)
        except BlockingIOError:
            return True
        finally:
            receiver.settimeout(2.0)
        return False

    def close(self) -> None:
        for sock in (*self.receivers, *self.senders):
            sock.close()


def packets(shapes: list[tuple[int, int, bool]], *, first: int = 0) -> list[MediaPacket]:
    return [
        MediaPacket(first + n, timestamp, marker, FILLER[:size]) for n, (size, timestamp, marker) in enumerate(shapes)
    ]
