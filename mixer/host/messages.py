"""What the worker and an engine process say to each other: one JSON value a datagram, numbered by the worker.

Both are ours and of one version, so what cannot be read is a bug and raised.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mixer.engine.commands import Command, InvalidCommand
from mixer.engine.session import UnknownTrack
from mixer.engine.wire import read_command, to_fields

MAX_MESSAGE_BYTES = 8192


class Kind(StrEnum):
    """What an Order asks for."""

    OPEN = "open"
    RESUME = "resume"
    APPLY = "apply"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Order:
    """Something for the session at `place`, given at `at_s` (time.monotonic). `number` counts all orders of a host.

    OPEN carries the deck count; RESUME takes the place's inbox up; APPLY carries a command as JSON values.
    """

    number: int
    at_s: float
    kind: Kind
    place: int
    value: Any = None

    @classmethod
    def apply(cls, number: int, at_s: float, place: int, command: Command) -> Order:
        """An order to apply a command."""
        return cls(number, at_s, Kind.APPLY, place, to_fields(command))

    def command(self) -> Command:
        """What APPLY carries. Raises InvalidCommand."""
        return read_command(self.value)


@dataclass(frozen=True, slots=True)
class Begin:
    """To the spare: take the sessions over. Orders up to `backlog` follow at once, and were given before."""

    backlog: int


@dataclass(frozen=True, slots=True)
class Ready:
    """From a process that could begin at once."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Order `number` was not carried out, and nothing has changed."""

    number: int
    kind: str
    message: str

    def error(self) -> Exception:
        """The error as the engine raised it."""
        return UnknownTrack(self.message) if self.kind == UnknownTrack.__name__ else InvalidCommand(self.message)


Message = Order | Begin | Ready | Refused


def pack(message: Message) -> bytes:
    """One datagram."""
    match message:
        case Order(number, at_s, kind, place, value):
            values: list[Any] = ["order", number, at_s, kind, place, value]
        case Begin(backlog):
            values = ["begin", backlog]
        case Ready():
            values = ["ready"]
        case Refused(number, kind_, text):
            values = ["refused", number, kind_, text[:512]]
    return json.dumps(values).encode()


def unpack(datagram: bytes) -> Message:
    """The inverse of `pack`."""
    name, *values = json.loads(datagram)
    if name == "order":
        number, at_s, kind, place, value = values
        return Order(number, at_s, Kind(kind), place, value)
    kinds: dict[str, type[Begin | Ready | Refused]] = {"begin": Begin, "ready": Ready, "refused": Refused}
    return kinds[name](*values)
