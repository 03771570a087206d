"""Who is in the booth: the devices of members that were heard lately, their receipts and their rates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from mixer.worker.receipts import Receipts

AWAY_AFTER_S: Final = 10.0
MAX_DEVICES: Final = 32
MESSAGES_PER_S: Final = 120.0
COMMANDS_PER_S: Final = 600.0
_BURST_S: Final = 2.0
_KNOWN_FOR_S: Final = 300.0


class Allowance:
    """A token bucket of two seconds' worth."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._left = per_s * _BURST_S
        self._at: float | None = None

    def spend(self, amount: float, *, now: float) -> bool:
        """Whether there was as much left; then it is gone."""
        if self._at is not None:
            self._left = min(self._left + (now - self._at) * self._per_s, self._per_s * _BURST_S)
        self._at = now
        if amount > self._left:
            return False
        self._left -= amount
        return True


@dataclass(slots=True)
class DeviceInBooth:
    """One device, as the member `user` uses it."""

    device: str
    user: str
    name: str
    heard_at: float
    receipts: Receipts | None = None
    messages: Allowance = field(default_factory=lambda: Allowance(MESSAGES_PER_S))
    commands: Allowance = field(default_factory=lambda: Allowance(COMMANDS_PER_S))


class DeviceTaken(Exception):
    """Another member uses a device of that name, or too many are here."""


class Presence:
    """At most MAX_DEVICES devices; when they are all here, another is turned away.

    One that is away is remembered for a while, so that what it sends again is known to have come.
    """

    def __init__(self) -> None:
        self._devices: dict[str, DeviceInBooth] = {}

    def hear(self, device: str, user: str, name: str, *, now: float) -> DeviceInBooth:
        """A device has said something. Raises DeviceTaken."""
        known = self._devices.get(device)
        if known is not None and known.user != user:
            if now - known.heard_at <= AWAY_AFTER_S:
                raise DeviceTaken(device)
            known = None
        if known is None:
            self._make_room(now)
            known = self._devices[device] = DeviceInBooth(device, user, name, now)
        known.heard_at, known.name = now, name
        return known

    def _make_room(self, now: float) -> None:
        for device, known in list(self._devices.items()):
            if now - known.heard_at > _KNOWN_FOR_S:
                del self._devices[device]
        if len(self._devices) < MAX_DEVICES:
            return
        silent = min(self._devices.values(), key=lambda known: known.heard_at)
        if now - silent.heard_at <= AWAY_AFTER_S:
            raise DeviceTaken("the booth is full")
        del self._devices[silent.device]

    def keep_only(self, is_member: Callable[[str], bool]) -> None:
        """Forget the devices of those who are not members any more."""
        self._devices = {device: known for device, known in self._devices.items() if is_member(known.user)}

    def here(self, *, now: float) -> Iterator[DeviceInBooth]:
        """Those heard within AWAY_AFTER_S."""
        return (known for known in self._devices.values() if now - known.heard_at <= AWAY_AFTER_S)

    def is_anyone_here(self, *, now: float) -> bool:
        return any(True for _ in self.here(now=now))
