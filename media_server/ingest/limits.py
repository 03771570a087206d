"""What a server of encoders and players takes on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """Connections, seconds and bytes. `players` are those of the connections that play.

    `begin_s`: from connecting to having asked for a stream, and from having published to the first frame.
    `silence_s`: a publisher may stall for a minute. `stuck_s`: a player that reads nothing for this long is closed.
    `unsent_bytes`: what may wait to be sent to a publisher, which needs next to nothing. A player that is more than
    `play_unsent_bytes` behind is sent nothing until it has read that, and goes on at a key frame.
    """

    connections: int = 512
    connections_per_address: int = 32
    players: int = 100
    begin_s: float = 15.0
    silence_s: float = 75.0
    stuck_s: float = 20.0
    unsent_bytes: int = 1 << 20
    play_unsent_bytes: int = 8 << 20


class Places:
    """Who is connected, counted by address; IPv6 by network, since a host has a whole one."""

    def __init__(self, limits: IngestLimits) -> None:
        self._limits = limits
        self._by_network: Counter[str] = Counter()
        self._taken = 0

    def take(self, address: str) -> bool:
        """A connection came; False when it cannot stay. `give_up` those that could."""
        network = _network(address)
        if self._taken >= self._limits.connections:
            return False
        if self._by_network[network] >= self._limits.connections_per_address:
            return False
        self._taken += 1
        self._by_network[network] += 1
        return True

    def give_up(self, address: str) -> None:
        """A connection that had a place is gone."""
        network = _network(address)
        self._taken -= 1
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]


def _network(address: str) -> str:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return parsed.exploded[:19]
    return str(parsed)
