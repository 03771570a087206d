"""Who is connected to this node, and how much of it they use."""

from dataclasses import dataclass, field

from aiohttp import web

from signaling.limits import SignalingLimits, TokenBucket
from signaling.ports import Identity


@dataclass(slots=True, eq=False)
class Connection:
    """One Engine.IO session: the address it came from, the requests that carry it, what it spent of its allowance."""

    address: str
    events: TokenBucket
    opened_at: float
    request: web.Request
    is_joined: bool = False
    is_over_limit: bool = False
    identity: Identity | None = None
    rooms: set[str] = field(default_factory=set)

    def cut(self) -> None:
        """Ends the TCP connection at once; a client that does not read would hold up a polite goodbye for ever."""
        if self.request.transport is not None:
            self.request.transport.abort()


class ConnectionBook:
    """Every connection of this node by its Engine.IO session id; `now` is a clock in seconds that never goes back."""

    def __init__(self, limits: SignalingLimits) -> None:
        self._limits = limits
        self._by_session: dict[str, Connection] = {}
        self._per_address: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._by_session)

    def open(self, session: str, address: str, request: web.Request, *, now: float) -> Connection | None:
        """The new connection, or None when its address has as many as it may."""
        count = self._per_address.get(address, 0)
        if count >= self._limits.connections_per_address:
            return None
        self._per_address[address] = count + 1
        events = TokenBucket(self._limits.events_per_s, self._limits.event_burst, now=now)
        connection = Connection(address, events, now, request)
        self._by_session[session] = connection
        return connection

    def find(self, session: str) -> Connection | None:
        return self._by_session.get(session)

    def close(self, session: str) -> None:
        connection = self._by_session.pop(session, None)
        if connection is None:
            return
        left = self._per_address[connection.address] - 1
        if left:
            self._per_address[connection.address] = left
        else:
            del self._per_address[connection.address]

    def never_joined(self, *, now: float) -> list[str]:
        """Sessions that were opened and then never connected to the namespace."""
        deadline = now - self._limits.handshake_s
        return [
            session
            for session, connection in self._by_session.items()
            if not connection.is_joined and connection.opened_at <= deadline
        ]

    def rooms(self) -> set[str]:
        """The rooms somebody on this node is in."""
        return {room for connection in self._by_session.values() for room in connection.rooms}
