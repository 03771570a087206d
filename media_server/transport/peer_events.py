"""Who hears of a peer: its session, and nobody once it is over."""

from __future__ import annotations

from typing import Final, Protocol

from media_server.rtp.leg import Address
from media_server.transport.srtp import SrtpSession


class PeerEvents(Protocol):
    """What a session hears from its transport. Called synchronously from the socket's callback."""

    def on_connected(self, session: SrtpSession, address: Address) -> None:
        """Keys are agreed; media may flow."""

    def on_rtp(self, packet: bytes, now: float) -> None:
        """An RTP packet, opened."""

    def on_rtcp(self, packet: bytes, now: float) -> None:
        """A compound RTCP packet, opened."""

    def on_moved(self, address: Address) -> None:
        """The peer is reached at another address from now on."""

    def on_closed(self, reason: str) -> None:
        """The transport is over. Called once; the session forgets it."""


class DataEvents(Protocol):
    """What a session hears from its data channel."""

    def on_data_open(self) -> None:
        """The peer has opened the channel."""

    def on_data(self, text: str) -> None:
        """A message."""


class _Nobody:
    """Who hears of a transport that is over."""

    def on_connected(self, session: SrtpSession, address: Address) -> None:
        """See `PeerEvents`."""

    def on_rtp(self, packet: bytes, now: float) -> None:
        """See `PeerEvents`."""

    def on_rtcp(self, packet: bytes, now: float) -> None:
        """See `PeerEvents`."""

    def on_moved(self, address: Address) -> None:
        """See `PeerEvents`."""

    def on_closed(self, reason: str) -> None:
        """See `PeerEvents`."""


NOBODY: Final = _Nobody()
