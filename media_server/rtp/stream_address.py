"""Where a peer is reached over a connection, told apart from the same numbers by UDP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Stream(Protocol):
    """A connection that carries datagrams whole, or not at all."""

    def send(self, datagrams: Sequence[bytes]) -> int:
        """How many of `datagrams`, from the first on, were taken. What is not taken is lost; it never blocks."""

    def close(self) -> None:
        """End it. Nothing is sent or heard by it from now on."""


class StreamAddress(tuple[str, int]):
    """The host and port of the far end of a connection.

    It is equal to itself alone: another connection from the same port, and UDP from there, are elsewhere.
    """

    stream: Stream

    def __new__(cls, host: str, port: int, stream: Stream) -> StreamAddress:
        made = super().__new__(cls, (host, port))
        made.stream = stream
        return made

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        # A tuple has a comparison of its own for this, which Python would find before it negates ours.
        return self is not other

    __hash__ = object.__hash__
