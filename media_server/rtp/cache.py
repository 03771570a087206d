"""The packets of a producer, kept for retransmission."""

from __future__ import annotations

from collections import deque
from typing import Generic, NamedTuple, Protocol, TypeVar

from media_server.rtp.packet import HEADER_LENGTH

# Below half the sequence space, so that a 16-bit number means one packet.
MAX_PACKETS = 16_384


class CachedPacket(Protocol):
    """What the cache needs to know of a packet: how much it holds."""

    @property
    def payload(self) -> bytes:
        """The RTP payload."""


P = TypeVar("P", bound=CachedPacket)


class _Entry(NamedTuple, Generic[P]):
    extended: int
    size: int
    arrived_at: float
    packet: P


class PacketCache(Generic[P]):
    """One producer's plaintext packets, shared by all viewers who ask again (RFC 4588 §7).

    Holds `max_age_s` of them, or less when `max_bytes` or MAX_PACKETS come first: then the oldest go. Put and get
    are O(1).
    """

    def __init__(self, *, max_bytes: int = 8 << 20, max_age_s: float = 2.0) -> None:
        self._max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._bytes = 0
        self._order: deque[_Entry[P]] = deque()
        self._by_sequence: dict[int, _Entry[P]] = {}
        self.gone_up_to = -1
        """The highest extended sequence number that was let go: from the next on, all that came is there."""

    def __len__(self) -> int:
        return len(self._order)

    @property
    def size_bytes(self) -> int:
        """What the cached packets hold, headers counted as twelve bytes each."""
        return self._bytes

    def put(self, extended: int, packet: P, *, now: float) -> None:
        """Keep a packet under its extended sequence number. A duplicate is ignored, and so is one long overtaken."""
        known = self._by_sequence.get(extended & 0xFFFF)
        if known is not None and known.extended >= extended:
            return
        entry = _Entry(extended, len(packet.payload) + HEADER_LENGTH, now, packet)
        self._order.append(entry)
        self._by_sequence[extended & 0xFFFF] = entry
        self._bytes += entry.size
        order = self._order
        while self._bytes > self._max_bytes or len(order) > MAX_PACKETS or now - order[0].arrived_at > self._max_age_s:
            self._evict()
            if not order:
                return

    def get(self, sequence_number: int) -> P | None:
        """The newest cached packet with that 16-bit sequence number."""
        entry = self._by_sequence.get(sequence_number)
        return None if entry is None else entry.packet

    def _evict(self) -> None:
        entry = self._order.popleft()
        self._bytes -= entry.size
        self.gone_up_to = max(self.gone_up_to, entry.extended)
        if self._by_sequence.get(entry.extended & 0xFFFF) is entry:
            del self._by_sequence[entry.extended & 0xFFFF]
