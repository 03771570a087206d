"""The peer of a test behind a network that lets no UDP through: the same frames over a connection (RFC 4571)."""

from __future__ import annotations

import socket
from typing import Any

from media_server.transport.framing import FrameReader, framed
from tests.support.offers import RemoteTransport
from tests.support.webrtc_client import Address, WebRtcClient


class TcpWebRtcClient(WebRtcClient):
    """Connects to the first TCP candidate of the answer. Writes block, which on loopback is for no time."""

    def __init__(self, **options: Any) -> None:
        self._frames = FrameReader()
        super().__init__(**options)

    def use_answer(self, sdp: str) -> None:
        """See `WebRtcClient`."""
        self.use_remote(RemoteTransport.of(sdp, protocol="tcp"))

    def use_remote(self, remote: RemoteTransport) -> None:
        """See `WebRtcClient`."""
        super().use_remote(remote)
        self._connect(remote.address)

    def roam(self) -> None:
        """See `WebRtcClient`."""
        super().roam()
        assert self.remote is not None
        self._connect(self.remote.address)

    def hang_up(self) -> None:
        """End the connection, and nothing else."""
        self._close_socket()

    def stop_reading(self) -> None:
        """What comes stays where it is."""
        self._loop.remove_reader(self.socket.fileno())

    def go_on_reading(self) -> None:
        """After `stop_reading`."""
        self._loop.add_reader(self.socket.fileno(), self._readable)

    def _connect(self, address: Address) -> None:
        self._frames = FrameReader()
        self.socket.settimeout(5)
        self.socket.connect(address)
        self.socket.setblocking(False)
        self.go_on_reading()

    def _open_socket(self) -> socket.socket:
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    def _put(self, datagram: bytes, address: Address) -> None:
        if self.socket.fileno() < 0:
            return
        try:
            self.socket.sendall(framed([datagram]))
        except OSError:
            # The server has hung up.
            self._close_socket()

    def _readable(self) -> None:
        try:
            chunk = self.socket.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self._close_socket()
            return
        for frame in self._frames.receive(chunk):
            self._receive(frame)
