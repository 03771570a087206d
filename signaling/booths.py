"""Who of this node is in which booth, and what each of them is told."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import structlog

from signaling.connections import Connection

MIX_DESK: Final = "mix:desk"
MIX_MOMENT: Final = "mix:moment"
MIX_PONG: Final = "mix:pong"
MIX_REFUSED: Final = "mix:refused"
MIX_CHANGED: Final = "mix:changed"
MIX_CLOSED: Final = "mix:closed"
TO_DEVICE: Final = {"pong": MIX_PONG, "refused": MIX_REFUSED}
OUT: Final = "mix:out:"

Emit = Callable[[str, str, dict[str, Any]], Awaitable[None]]
"""Sends to the Socket.IO id, as an event, this payload; on this node alone."""

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Guest:
    """One connection in a booth. It is told nothing before it is known to be a member's."""

    sid: str
    connection: Connection
    user_id: UUID
    is_member: bool = False
    missed_desk: bool = False
    devices: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Booth:
    stream_id: UUID
    guests: dict[str, Guest] = field(default_factory=dict)
    desk: dict[str, Any] | None = None


class Booths:
    """`is_behind` says whether a connection has not yet taken what it was sent; `on_changed` that who may be in a mix
    is to be looked at again."""

    def __init__(self, emit: Emit, is_behind: Callable[[Guest], bool], on_changed: Callable[[UUID], None]) -> None:
        self._emit = emit
        self._is_behind = is_behind
        self._on_changed = on_changed
        self._booths: dict[UUID, Booth] = {}

    def find(self, stream_id: UUID) -> Booth | None:
        return self._booths.get(stream_id)

    def all(self) -> list[Booth]:
        return list(self._booths.values())

    def enter(self, stream_id: UUID, guest: Guest) -> Booth:
        booth = self._booths.setdefault(stream_id, Booth(stream_id))
        booth.guests[guest.sid] = guest
        guest.connection.mix = stream_id
        return booth

    def leave(self, stream_id: UUID, sid: str) -> bool:
        """Whether nobody of this node is in the booth any more."""
        booth = self._booths.get(stream_id)
        guest = booth.guests.pop(sid, None) if booth is not None else None
        if booth is None or guest is None:
            return False
        guest.connection.mix = None
        if booth.guests:
            return False
        del self._booths[stream_id]
        return True

    async def hear(self, channel: str, data: str) -> None:
        """What the mix of a `mix:out` channel says."""
        booth = self._booths.get(UUID(channel.removeprefix(OUT)))
        if booth is None:
            return
        try:
            message: dict[str, Any] = json.loads(data)
            kind = str(message.pop("kind"))
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("mix_message_unreadable", channel=channel)
            return
        if kind == "moment":
            await self._tell_moment(booth, message)
        elif kind == "desk":
            booth.desk = message
            await self._tell_desk(booth)
        elif kind in TO_DEVICE:
            await self._tell_device(booth, TO_DEVICE[kind], message)
        elif kind == "changed":
            self._on_changed(booth.stream_id)

    async def tell_changed(self, booth: Booth) -> None:
        """The mix is to be read again."""
        for guest in _members(booth):
            await self._emit(guest.sid, MIX_CHANGED, {"streamId": str(booth.stream_id)})

    async def tell_closed(self, booth: Booth, guest: Guest, code: str) -> None:
        """The guest is out."""
        await self._emit(guest.sid, MIX_CLOSED, {"streamId": str(booth.stream_id), "code": code})

    async def _tell_moment(self, booth: Booth, moment: dict[str, Any]) -> None:
        for guest in _members(booth):
            # A later moment says all that this one does: who is behind gets that, and no backlog.
            if self._is_behind(guest):
                continue
            if guest.missed_desk and booth.desk is not None:
                guest.missed_desk = False
                await self._emit(guest.sid, MIX_DESK, booth.desk)
            await self._emit(guest.sid, MIX_MOMENT, moment)

    async def _tell_desk(self, booth: Booth) -> None:
        assert booth.desk is not None
        for guest in _members(booth):
            guest.missed_desk = self._is_behind(guest)
            if not guest.missed_desk:
                await self._emit(guest.sid, MIX_DESK, booth.desk)

    async def _tell_device(self, booth: Booth, event: str, message: dict[str, Any]) -> None:
        for guest in _members(booth):
            if message.get("device") in guest.devices:
                await self._emit(guest.sid, event, message)


def _members(booth: Booth) -> list[Guest]:
    return [guest for guest in booth.guests.values() if guest.is_member]
