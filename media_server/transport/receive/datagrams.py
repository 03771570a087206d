"""What a receiver gives: datagrams and whom they came from, in the order of their arrival."""

from __future__ import annotations

from typing import Final, Protocol

from media_server.rtp.leg import Address

MAX_DATAGRAM_BYTES: Final = 1500
BATCH: Final = 64
"""The most that `Receiver.receive` gives at once."""

Received = tuple[bytes, Address]
"""A datagram and its source. Empty bytes stand for one that was empty, or longer than MAX_DATAGRAM_BYTES."""


class Receiver(Protocol):
    """Takes what waits in one non-blocking UDP socket of either family."""

    def receive(self) -> list[Received]:
        """At most BATCH datagrams; fewer than that when no more were waiting. Never blocks.

        An IPv4 source of a dual-stack socket is told as IPv4: "192.0.2.1", not "::ffff:192.0.2.1".
        """
