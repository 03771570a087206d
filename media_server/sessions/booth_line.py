"""The data channel of a DJ who monitors a mix: what is asked of the mix goes up, desk and moments come down."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, Protocol

import structlog

from media_server.transport.sctp import DataTransport

LABEL: Final = "mix"
MAX_COMMANDS: Final = 64
MAX_DEVICE_CHARS: Final = 64
_RATE_PER_S: Final = 90.0
"""Faders that move send at most 60 messages a second; pings and what is sent again come on top."""
_BURST: Final = 240.0
_FIELDS: Final = frozenset({"device", "commands", "ping"})

_log = structlog.get_logger(__name__)


class BadMessage(ValueError):
    """A message that is not what a device of a mix sends."""


class MixLines(Protocol):
    """What carries messages between the lines of this worker and the mixers."""

    def opened(self, line: BoothLine) -> None:
        """`line` wants to hear of its stream from now on."""

    def closed(self, line: BoothLine) -> None:
        """`line` is over."""

    def ask(self, stream_id: str, message: dict[str, Any]) -> None:
        """Take a message of a member to the mix."""


class BoothLine:
    """One device's line. See `DataEvents` for who calls it."""

    def __init__(self, stream_id: str, user_id: str, *, lines: MixLines, clock: Callable[[], float]) -> None:
        self.stream_id = stream_id
        self.transport: DataTransport | None = None
        self._user_id = user_id
        self._lines = lines
        self._clock = clock
        self._is_open = False
        self._allowance = _BURST
        self._allowed_at = clock()

    def on_data_open(self) -> None:
        """See `DataEvents`."""
        self._is_open = True
        self._lines.opened(self)

    def on_data(self, text: str) -> None:
        """See `DataEvents`: check the shape, say who asks, and pass it on; the mixer judges what is asked."""
        if not self._may_send():
            self._refuse("RATE_LIMITED", "more messages than a desk can make")
            return
        try:
            message = read_message(text)
        except BadMessage as error:
            self._refuse("VALIDATION_ERROR", str(error))
            return
        self._lines.ask(self.stream_id, {"user": self._user_id, "via": "data", **message})

    def send(self, text: str) -> None:
        """Send a message of the mix; dropped where the peer does not keep up, since a newer one will come."""
        if self.transport is not None:
            self.transport.send(text)

    def end(self) -> None:
        """The session is over."""
        if self._is_open:
            self._is_open = False
            self._lines.closed(self)

    def _may_send(self) -> bool:
        now = self._clock()
        self._allowance = min(_BURST, self._allowance + (now - self._allowed_at) * _RATE_PER_S)
        self._allowed_at = now
        if self._allowance < 1.0:
            return False
        self._allowance -= 1.0
        return True

    def _refuse(self, code: str, message: str) -> None:
        self.send(json.dumps({"kind": "refused", "device": None, "seq": None, "code": code, "message": message}))


def read_message(text: str) -> dict[str, Any]:
    """`{"device", "commands", "ping"?}` as ARCHITECTURE.md has it, commands unread. Raises BadMessage alone."""
    try:
        message = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadMessage("the message is not JSON") from None
    if not isinstance(message, dict) or not set(message) <= _FIELDS:
        raise BadMessage("a message has device, commands and ping")
    device, commands = message.get("device"), message.get("commands", [])
    if not isinstance(device, str) or not 1 <= len(device) <= MAX_DEVICE_CHARS:
        raise BadMessage(f"device is a text of 1 to {MAX_DEVICE_CHARS} characters")
    if not isinstance(commands, list) or len(commands) > MAX_COMMANDS:
        raise BadMessage(f"commands are a list of at most {MAX_COMMANDS}")
    for command in commands:
        if not (isinstance(command, list) and len(command) == 2 and _is_number(command[0]) and _is_fields(command[1])):
            raise BadMessage("a command is a list of its number and its fields")
    return {"device": device, "commands": commands, "ping": message.get("ping")}


def _refuse_constant(name: str) -> None:
    # Python reads and writes NaN and Infinity, which are no JSON and which browsers cannot read.
    raise ValueError(name)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_fields(value: object) -> bool:
    return isinstance(value, dict)
