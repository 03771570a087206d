"""What the members of a mix may say, and what it answers: commands, refusals, pings, acknowledgements."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from mixer.engine.commands import Command, ExtendTrack, InvalidCommand, Load, LoadSample
from mixer.engine.wire import read_command
from mixer.host.settings import HostBusy
from mixer.worker.desired import MixSpec
from mixer.worker.inbox import FromMember
from mixer.worker.presence import Allowance, DeviceInBooth, DeviceTaken, Presence
from mixer.worker.receipts import Receipts

REFUSALS_PER_S: Final = 50.0
"""More are not said: whoever sends so many does not listen."""
_FORBIDDEN: Final = frozenset({Load.__name__, LoadSample.__name__, ExtendTrack.__name__})


class Obey(Protocol):
    """What is done with a command that a member may give."""

    def __call__(self, command: Command, *, source: str, seq: int) -> None:
        """Raises HostBusy."""
        ...


def source_of(device: DeviceInBooth) -> str:
    """What a device is called as the source of commands: never the same for two members."""
    return f"{device.user}/{device.device}"


def device_of(source: str) -> str:
    """The device of a source."""
    return source.partition("/")[2]


class Booth:
    """Devices are numbered their own commands; each is obeyed once, and those that are not for members are refused."""

    def __init__(self, say: Callable[[dict[str, Any]], None], obey: Obey, set_auto_dj: Callable[[bool], None]) -> None:
        self.presence = Presence()
        self._say = say
        self._command = obey
        self._set_auto_dj = set_auto_dj
        self._refusals = Allowance(REFUSALS_PER_S)

    def hear(self, message: FromMember, spec: MixSpec, *, now: float, unix_now: float) -> bool:
        """Take a message; whether a member commanded anything with it."""
        first = message.commands[0][0] if message.commands else 0
        name = spec.member_name(message.user)
        if name is None:
            self.refuse(message.device, first, "NOT_A_MEMBER", "You are not a member of this mix.", now=now)
            return False
        try:
            device = self.presence.hear(message.device, message.user, name, now=now)
        except DeviceTaken:
            self.refuse(message.device, first, "DEVICE_TAKEN", "There is no place for this device.", now=now)
            return False
        if not device.messages.spend(1.0, now=now) or not device.commands.spend(len(message.commands), now=now):
            self.refuse(message.device, first, "RATE_LIMITED", "These are too many commands.", now=now)
            return False
        if message.ping is not None:
            self._say({"kind": "pong", "device": message.device, "ping": message.ping, "at": unix_now})
        if not message.commands:
            return False
        if device.receipts is None:
            device.receipts = Receipts(min(seq for seq, _ in message.commands))
        return self._obey_all(device, device.receipts, message, now)

    def _obey_all(self, device: DeviceInBooth, receipts: Receipts, message: FromMember, now: float) -> bool:
        commanded = False
        for seq, fields in message.commands:
            if receipts.has(seq):
                continue
            try:
                commanded = self._obey(device, seq, fields, now) or commanded
            except HostBusy:
                # Not acknowledged, so it comes again; and so do those after it, in order.
                return commanded
            receipts.add(seq)
        return commanded

    def _obey(self, device: DeviceInBooth, seq: int, fields: dict[str, Any], now: float) -> bool:
        name = fields.get("command")
        if name == "SetAutoDj":
            if set(fields) != {"command", "on"} or not isinstance(fields["on"], bool):
                self.refuse(device.device, seq, "INVALID_COMMAND", "SetAutoDj has one value, `on`.", now=now)
                return False
            self._set_auto_dj(fields["on"])
            return False
        if isinstance(name, str) and name in _FORBIDDEN:
            self.refuse(device.device, seq, "FORBIDDEN_COMMAND", "Tracks are loaded through the API.", now=now)
            return False
        try:
            command = read_command(fields)
        except InvalidCommand as error:
            self.refuse(device.device, seq, "INVALID_COMMAND", str(error)[:200], now=now)
            return False
        self._command(command, source=source_of(device), seq=seq)
        return True

    def refuse(self, device: str, seq: int, code: str, message: str, *, now: float) -> None:
        """Say why a command of a device is not obeyed."""
        if self._refusals.spend(1.0, now=now):
            self._say({"kind": "refused", "device": device, "seq": seq, "code": code, "message": message})

    def tell(self, code: str, message: str, *, now: float) -> None:
        """Say to every device what was ended here, as a refusal of no command in particular."""
        for known in self.presence.here(now=now):
            self.refuse(known.device, 0, code, message, now=now)

    def devices(self, *, now: float) -> list[dict[str, str]]:
        """Who is here, as the desk says it."""
        return [
            {"device": known.device, "userId": known.user, "name": known.name} for known in self.presence.here(now=now)
        ]

    def acks(self, not_yet: Mapping[str, int], *, now: float) -> dict[str, int]:
        """How far each device's commands have been taken; `not_yet` has, by source, the first that the desk lacks.

        A device shows what it asked for until it is told that the desk has it: told too early, it goes back.
        """
        return {
            known.device: min(known.receipts.acknowledged, not_yet.get(source_of(known), sys.maxsize) - 1)
            for known in self.presence.here(now=now)
            if known.receipts is not None
        }
