"""One WebRTC peer: ICE with one candidate, DTLS, then media counted rather than decoded."""

from __future__ import annotations

import socket
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from aioice import stun
from pylibsrtp import Session

from tests.benchmarks.dtls import DtlsClient, DtlsIdentity
from tests.benchmarks.sdp import LocalIce, RemotePeer

UDP_GRO: Final = 104
RECEIVE_BUFFER: Final = 1 << 20
DRAIN_LIMIT: Final = 32
CONSENT_S: Final = 2.0
RETRY_S: Final = 0.05
RTCP_TYPES: Final = range(64, 96)

_buffer = bytearray(1 << 16)
_buffers = [_buffer]
_control_space: Final = socket.CMSG_SPACE(4)


class State(Enum):
    CHECKING = auto()
    HANDSHAKE = auto()
    CONNECTED = auto()


class Peer:
    """Fed by `readable` and `tick`. Counts RTP packets; keeps the last one, so that a sample can be decrypted.

    `on_packet` is given each, still encrypted; it costs more than counting.
    """

    def __init__(
        self,
        identity: DtlsIdentity,
        ice: LocalIce,
        remote: RemotePeer,
        *,
        now: float,
        on_packet: Callable[[bytes], None] | None = None,
    ) -> None:
        self.state = State.CHECKING
        self.packets = 0
        self.first_media_at: float | None = None
        self.rtcp: bytes | None = None
        self.sender: Session | None = None
        self.receiver: Session | None = None
        self._on_packet = on_packet
        self._last_packet = b""
        self._next_timer = now
        self._dtls = DtlsClient(identity, remote.fingerprint)
        self._check = bytes(_binding_request(ice, remote))
        self._password = ice.password.encode()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.socket.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
        self.socket.bind((remote.address[0], 0))
        self.socket.connect(remote.address)

    def tick(self, now: float) -> None:
        """Sends checks until they are answered, then consent (RFC 7675) and what a lost flight needs."""
        if now < self._next_timer:
            return
        if self.state is State.CONNECTED:
            self._next_timer = now + CONSENT_S
            self._send(self._check)
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
            first = _buffer[0]
            if 128 <= first <= 191:
                self._count(length, control, now)
                if control:
                    return
            elif first < 4:
                self._on_stun(bytes(_buffer[:length]))
            elif 20 <= first <= 63:
                self._on_dtls(bytes(_buffer[:length]), now)

    def decrypts(self) -> bool:
        """Whether the last packet received is authentic and has the length it was published with, or more."""
        if self.receiver is None or not self._last_packet:
            return False
        plain = self.receiver.unprotect(self._last_packet)
        self._last_packet = b""
        return len(plain) > 12

    def close(self) -> None:
        self.socket.close()

    def _count(self, length: int, control: list[tuple[int, int, bytes]], now: float) -> None:
        if _buffer[1] & 0x7F in RTCP_TYPES:
            self.rtcp = bytes(_buffer[:length])
            return
        size = int.from_bytes(control[0][2][:4], "little") if control else length
        self.packets += -(-length // size)
        if self.first_media_at is None:
            self.first_media_at = now
        if self._on_packet is not None:
            for start in range(0, length, size):
                self._on_packet(bytes(_buffer[start : min(start + size, length)]))
        # One copy a run: the last packet alone.
        self._last_packet = bytes(_buffer[(length - 1) // size * size : length])

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
            self._next_timer = now + CONSENT_S
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
