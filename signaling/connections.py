"""Who is connected to this node, and how much of it they use."""

import re
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from aiohttp import web

from signaling.limits import SignalingLimits, TokenBucket
from signaling.ports import Identity

MIX_SEND: Final = re.compile(r'2\d*\["mix:send",')
"""How the Socket.IO packet of that event begins."""
UNSENT_BYTES: Final = 16 * 1024
TCP_NOTSENT_LOWAT: Final = 25
"""Of linux/tcp.h; the socket module of Python 3.11 has no name for it."""


@dataclass(slots=True, eq=False)
class Connection:
    """One Engine.IO session: the address it came from, the requests that carry it, what it spent of its allowances.

    `mix` is the one whose booth it is in.
    """

    address: str
    events: TokenBucket
    mix_sends: TokenBucket
    mix_commands: TokenBucket
    opened_at: float
    request: web.Request
    is_joined: bool = False
    is_over_limit: bool = False
    identity: Identity | None = None
    rooms: set[str] = field(default_factory=set)
    mix: UUID | None = None

    def known_user(self) -> UUID | None:
        """Whom the connection stands for, as long as its access token is good."""
        identity = self.identity
        return identity.user_id if identity is not None and identity.expires_at > datetime.now(UTC) else None

    def allowance_for(self, packet: str) -> TokenBucket:
        """What a Socket.IO packet is to be paid from."""
        return self.mix_sends if self.mix is not None and MIX_SEND.match(packet) else self.events

    @property
    def is_congested(self) -> bool:
        """Whether what was sent is still waiting on our side to be taken by the network."""
        transport = self.request.transport
        return transport is None or transport.get_write_buffer_size() > 0

    def keep_little_unsent(self) -> None:
        """Have the kernel take only UNSENT_BYTES more than the network does, so that old moments do not pile up in it.

        Left as it is on other systems than Linux, or where the connection is no TCP.
        """
        if sys.platform != "linux":
            return
        transport = self.request.transport
        tcp: socket.socket | None = transport.get_extra_info("socket") if transport is not None else None
        if tcp is not None:
            with suppress(OSError):
                tcp.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES)

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
        limits = self._limits
        connection = Connection(
            address,
            events=TokenBucket(limits.events_per_s, limits.event_burst, now=now),
            mix_sends=TokenBucket(limits.mix_sends_per_s, limits.mix_send_burst, now=now),
            mix_commands=TokenBucket(limits.mix_commands_per_s, limits.mix_command_burst, now=now),
            opened_at=now,
            request=request,
        )
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
