"""One WebRTC peer: ICE with one candidate, DTLS, then media counted rather than decoded."""

from __future__ import annotations

import socket
from collections.abc import Callable
from enum import Enum, auto
from struct import Struct
from typing import Final

from aioice import stun
from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

from tests.benchmarks.arrivals import Arrivals
from tests.benchmarks.dtls import DtlsClient, DtlsIdentity
from tests.benchmarks.sdp import LocalIce, RemotePeer
from tests.benchmarks.source import sent_at_ns

UDP_GRO: Final = 104
SO_TIMESTAMPNS: Final = 35
RECEIVE_BUFFER: Final = 1 << 20
DRAIN_LIMIT: Final = 32
CONSENT_S: Final = 2.5
REPORT_S: Final = 1.0
RETRY_S: Final = 0.05
RTP_HEADER_BYTES: Final = 12
RTCP_TYPES: Final = range(64, 96)

_buffer = bytearray(1 << 16)
_buffers = [_buffer]
_control_space: Final = socket.CMSG_SPACE(4) + socket.CMSG_SPACE(16)
_timespec: Final = Struct("=qq")
# A receiver report with one block, and a source description with a CNAME (RFC 3550 §6.4.2, §6.5).
_report: Final = Struct("!BBHIIIIIII BBHI BB8s2x")


class State(Enum):
    CHECKING = auto()
    HANDSHAKE = auto()
    CONNECTED = auto()


class Peer:
    """Fed by `readable`, `take` and `tick`. Counts RTP packets; keeps the last one, so that a sample can be decrypted.

    `on_packet` is given each, still encrypted, and `on_late` how many nanoseconds after it was sent the last packet of
    a run arrived at the socket, by the kernel's clock; both cost more than counting. With `reports`, it sends a
    receiver report each second.
    """

    def __init__(
        self,
        identity: DtlsIdentity,
        ice: LocalIce,
        remote: RemotePeer,
        *,
        now: float,
        on_packet: Callable[[bytes], None] | None = None,
        on_late: Callable[[int], None] | None = None,
        reports: bool = False,
    ) -> None:
        self.state = State.CHECKING
        self.first_media_at: float | None = None
        self.rtcp: bytes | None = None
        self.sender: Session | None = None
        self.receiver: Session | None = None
        self._packets = 0
        self._last_packet = b""
        self._arrivals: Arrivals | None = None
        self._on_packet = on_packet
        self._on_late = on_late
        self.reports = reports
        self._media_ssrc = 0
        self._next_timer = now
        self._next_consent = 0.0
        self._dtls = DtlsClient(identity, remote.fingerprint)
        self._check = bytes(_binding_request(ice, remote))
        self._password = ice.password.encode()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
        if on_late is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((remote.address[0], 0))
        self.socket.connect(remote.address)

    @property
    def packets(self) -> int:
        """Media packets received so far."""
        if self._arrivals is None:
            return self._packets
        return self._packets + int(self._arrivals.packets[self.socket.fileno()])

    @property
    def may_be_counted(self) -> bool:
        """Whether its media may be read by something that counts and does no more."""
        return self.first_media_at is not None and self._on_packet is None and self._on_late is None

    def count_by(self, arrivals: Arrivals) -> None:
        """Media is read by `arrivals` from now on."""
        self._arrivals = arrivals
        arrivals.count(self.socket.fileno())

    def tick(self, now: float) -> None:
        """Sends checks until they are answered, then consent (RFC 7675), reports, and what a lost flight needs."""
        if now < self._next_timer:
            return
        if self.state is State.CONNECTED:
            if now >= self._next_consent:
                self._next_consent = now + CONSENT_S
                self._send(self._check)
            if self.reports and self.first_media_at is not None:
                self._send_report()
            self._next_timer = now + REPORT_S if self.reports else self._next_consent
            return
        self._next_timer = now + RETRY_S
        # Checks go on meanwhile, as browsers send them: an agent may have answered the first before it was ready.
        self._send(self._check)
        if self.state is State.HANDSHAKE:
            for datagram in self._dtls.retransmit():
                self._send(datagram)

    def readable(self, now: float) -> None:
        """Drains the socket; a run of packets that arrives as one (UDP GRO) costs one call."""
        for _ in range(DRAIN_LIMIT):
            try:
                length, control, _, _ = self.socket.recvmsg_into(_buffers, _control_space)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if 128 <= _buffer[0] <= 191 and _buffer[1] & 0x7F not in RTCP_TYPES:
                if self._count(length, control, now):
                    return
            else:
                self.take(bytes(_buffer[:length]), now)

    def take(self, datagram: bytes, now: float) -> None:
        """A datagram that is no media."""
        first = datagram[0]
        if first < 4:
            self._on_stun(datagram)
        elif 20 <= first <= 63:
            self._on_dtls(datagram, now)
        elif 128 <= first <= 191:
            self.rtcp = datagram

    def decrypts(self) -> bool:
        """Whether the last packet received is authentic and has the length it was published with, or more."""
        if self._on_late is not None:
            # Each that was looked at was decrypted then.
            return self._packets > 0
        packet = self._newest_packet()
        self._last_packet = b""
        if self._arrivals is not None:
            # Looked at once: a second time it would be a replay.
            self._arrivals.forget_last(self.socket.fileno())
        if self.receiver is None or not packet:
            return False
        try:
            return len(self.receiver.unprotect(packet)) > RTP_HEADER_BYTES
        except SrtpError:
            return False

    def leave(self) -> None:
        """Says goodbye, by close_notify; whoever owns it closes it after that."""
        for datagram in self._dtls.goodbye():
            self._send(datagram)

    def close(self) -> None:
        self.socket.close()

    def _count(self, length: int, control: list[tuple[int, int, bytes]], now: float) -> bool:
        """Whether these were several packets at once: then there is nothing more to read, as a rule."""
        size, arrived_ns = length, 0
        for level, kind, value in control:
            if level == socket.IPPROTO_UDP and kind == UDP_GRO:
                size = int.from_bytes(value[:4], "little")
            elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = _timespec.unpack(value)
                arrived_ns = seconds * 1_000_000_000 + nanoseconds
        self._packets += -(-length // size)
        if self.first_media_at is None:
            self.first_media_at = now
            self._media_ssrc = int.from_bytes(_buffer[8:12], "big")
        if self._on_packet is not None:
            for start in range(0, length, size):
                self._on_packet(bytes(_buffer[start : min(start + size, length)]))
        # One copy a run: the last packet alone.
        self._last_packet = bytes(_buffer[(length - 1) // size * size : length])
        if self._on_late is not None and self.receiver is not None:
            self._on_late(arrived_ns - sent_at_ns(self.receiver.unprotect(self._last_packet)))
            self._last_packet = b""
        return size < length

    def _newest_packet(self) -> bytes:
        if self._arrivals is not None and self._arrivals.packets[self.socket.fileno()]:
            return self._arrivals.last_packet(self.socket.fileno())
        return self._last_packet

    def _send_report(self) -> None:
        assert self.sender is not None
        sequence_number = int.from_bytes(self._newest_packet()[2:4], "big")
        block = (self._media_ssrc, 0, sequence_number, 17, 0, 0)
        plain = _report.pack(0x81, 201, 7, 1, *block, 0x81, 202, 4, 1, 1, 8, b"listener")
        self._send(self.sender.protect_rtcp(plain))

    def _on_stun(self, datagram: bytes) -> None:
        if datagram[0] == 0 and datagram[1] == 1:
            self._send(self._binding_response(datagram))
        elif self.state is State.CHECKING:
            self.state = State.HANDSHAKE
            for flight in self._dtls.advance():
                self._send(flight)

    def _binding_response(self, datagram: bytes) -> bytes:
        request = stun.parse_message(datagram)
        response = stun.Message(
            message_method=stun.Method.BINDING,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = self.socket.getpeername()
        response.add_message_integrity(self._password)
        response.add_fingerprint()
        return bytes(response)

    def _on_dtls(self, datagram: bytes, now: float) -> None:
        for answer in self._dtls.advance(datagram):
            self._send(answer)
        if self._dtls.is_connected and self.state is State.HANDSHAKE:
            self.state = State.CONNECTED
            self._next_timer = now + REPORT_S
            self._next_consent = now + CONSENT_S
            self.sender, self.receiver = self._dtls.sessions()

    def _send(self, datagram: bytes) -> None:
        # A full socket buffer loses the datagram, as a network would; the timers send it again.
        try:
            self.socket.send(datagram)
        except (BlockingIOError, ConnectionRefusedError):
            return


def _binding_request(ice: LocalIce, remote: RemotePeer) -> stun.Message:
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{remote.ufrag}:{ice.ufrag}"
    request.attributes["PRIORITY"] = 1_845_501_695
    # Against a lite agent we control; otherwise the one that offers does, and only Janus offers (RFC 8445 §6.1.1).
    if remote.is_lite:
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
    else:
        request.attributes["ICE-CONTROLLED"] = 1
    request.add_message_integrity(remote.password.encode())
    request.add_fingerprint()
    return request
