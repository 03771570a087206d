"""What members of a mix may ask of it, and who of them may still be there."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import structlog

from signaling.booths import OUT, Booth, Booths, Guest
from signaling.channels import Channels
from signaling.connections import Connection
from signaling.limits import SignalingLimits
from signaling.messages import EventError, MixSend, StreamRef, parse
from signaling.ports import MixMembers, StateUnavailableError

IN: Final = "mix:in:"
RETRY_S: Final = 1.0
SWEEP_S: Final = 1.0

log = structlog.get_logger(__name__)


class MixEvents:
    """The handlers of `mix:…`, in `handlers`. `cut` ends the connection with a Socket.IO id at once."""

    def __init__(
        self,
        booths: Booths,
        channels: Channels,
        members: MixMembers,
        limits: SignalingLimits,
        cut: Callable[[str], Awaitable[None]],
    ) -> None:
        self._booths = booths
        self._channels = channels
        self._members = members
        self._limits = limits
        self._cut = cut
        self._doubted: dict[UUID, bool] = {}
        self._doubt = asyncio.Event()
        self.handlers = {"mix:open": self._open, "mix:close": self._close, "mix:send": self._send}

    def doubt(self, stream_id: UUID) -> None:
        """The mix has changed: have it looked at who may still be in its booth, and tell those that it has."""
        self._doubted[stream_id] = True
        self._doubt.set()

    def doubt_all(self) -> None:
        """Any mix may have changed."""
        for booth in self._booths.all():
            self.doubt(booth.stream_id)

    async def forget(self, sid: str, connection: Connection) -> None:
        """The connection has ended."""
        if connection.mix is not None:
            await self._leave(connection.mix, sid)

    async def check_members(self) -> None:
        """Puts out whoever may not be there any more: at once after a change, and every so often. Runs for ever."""
        while True:
            try:
                async with asyncio.timeout(self._limits.member_check_s):
                    await self._doubt.wait()
            except TimeoutError:
                self._doubted = {booth.stream_id: False for booth in self._booths.all()} | self._doubted
            self._doubt.clear()
            while self._doubted:
                stream_id, has_changed = self._doubted.popitem()
                try:
                    await self._check(stream_id, tell=has_changed)
                except (StateUnavailableError, OSError, TimeoutError):
                    # Meanwhile the mixer refuses by itself what is sent by who is out.
                    log.warning("mix_members_unknown", stream_id=str(stream_id))
                    self._doubted[stream_id] = has_changed or self._doubted.get(stream_id, False)
                    await asyncio.sleep(RETRY_S)

    async def check_tokens(self) -> None:
        """Ends connections whose access token has expired: their clients come back with a new one. Runs for ever."""
        while True:
            await asyncio.sleep(SWEEP_S)
            for booth in self._booths.all():
                for guest in list(booth.guests.values()):
                    if guest.connection.known_user() is None:
                        await self._cut(guest.sid)

    async def _open(self, sid: str, connection: Connection, arguments: tuple[Any, ...]) -> dict[str, Any]:
        stream_id = parse(StreamRef, arguments).stream_id
        user_id = connection.known_user()
        if user_id is None:
            raise EventError("UNAUTHENTICATED", "Sign in first.")
        if connection.mix not in (None, stream_id):
            raise EventError("TOO_MANY_ROOMS", "This connection is in the booth of another mix.")
        booth = self._booths.find(stream_id)
        guest = booth.guests.get(sid) if booth is not None else None
        if booth is None or guest is None:
            guest = Guest(sid, connection, user_id)
            booth = self._booths.enter(stream_id, guest)
        await self._channels.want(OUT + str(stream_id))
        try:
            # In the booth already, unheard: a change of the members from here on puts out who is none.
            guest.is_member = await self._may_enter(stream_id, user_id) and sid in booth.guests
        except EventError:
            await self._leave(stream_id, sid)
            raise
        if not guest.is_member:
            await self._leave(stream_id, sid)
            raise EventError("MIX_NOT_FOUND", "There is no such mix among yours, or it is closed.")
        connection.keep_little_unsent()
        return booth.desk or {}

    async def _close(self, sid: str, connection: Connection, arguments: tuple[Any, ...]) -> dict[str, Any]:
        await self._leave(parse(StreamRef, arguments).stream_id, sid)
        return {}

    async def _send(self, sid: str, connection: Connection, arguments: tuple[Any, ...]) -> dict[str, Any]:
        message = parse(MixSend, arguments)
        booth = self._booths.find(message.stream_id)
        guest = booth.guests.get(sid) if booth is not None else None
        if guest is None or not guest.is_member:
            raise EventError("MIX_NOT_OPEN", "Open the mix first.")
        if connection.known_user() is None:
            await self._cut(sid)
            raise EventError("INVALID_TOKEN", "The access token has expired.")
        if not connection.mix_commands.take(len(message.commands), now=time.monotonic()):
            raise EventError("RATE_LIMITED", "Too many commands; slow down.")
        self._remember_device(guest, message.device)
        text = json.dumps(
            {
                "user": str(guest.user_id),
                "device": message.device,
                "via": "socket",
                "commands": message.commands,
                "ping": message.ping,
            }
        )
        try:
            heard_by = await self._channels.publish(IN + str(message.stream_id), text)
        except StateUnavailableError:
            raise EventError("SERVICE_UNAVAILABLE", "The mixer cannot be reached now; try again in a moment.") from None
        if not heard_by:
            raise EventError("SERVICE_UNAVAILABLE", "The mixer does not listen now; try again in a moment.")
        return {}

    def _remember_device(self, guest: Guest, device: str) -> None:
        if device not in guest.devices and len(guest.devices) >= self._limits.devices_per_connection:
            raise EventError("VALIDATION_ERROR", "device: one connection does not speak for so many devices.")
        guest.devices.add(device)

    async def _may_enter(self, stream_id: UUID, user_id: UUID) -> bool:
        try:
            async with asyncio.timeout(self._limits.state_read_s):
                return await self._members.may_enter(stream_id, user_id)
        except (StateUnavailableError, OSError, TimeoutError):
            raise EventError("SERVICE_UNAVAILABLE", "The mix cannot be read now; try again in a moment.") from None

    async def _check(self, stream_id: UUID, *, tell: bool) -> None:
        booth = self._booths.find(stream_id)
        if booth is None:
            return
        for guest in list(booth.guests.values()):
            async with asyncio.timeout(self._limits.state_read_s):
                is_member = await self._members.may_enter(stream_id, guest.user_id)
            if not is_member:
                await self._put_out(booth, guest)
        if tell:
            await self._booths.tell_changed(booth)

    async def _put_out(self, booth: Booth, guest: Guest) -> None:
        await self._leave(booth.stream_id, guest.sid)
        if guest.is_member:
            await self._booths.tell_closed(booth, guest, "NOT_A_MEMBER")

    async def _leave(self, stream_id: UUID, sid: str) -> None:
        if self._booths.leave(stream_id, sid):
            await self._channels.let_go(OUT + str(stream_id))
