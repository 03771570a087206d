"""Commands and the answers to them (Adobe RTMP 1.0 §7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from media_server.rtmp import amf0
from media_server.rtmp.amf0 import Encodable
from media_server.rtmp.amf_source import AmfValue
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.messages import Message, MessageType

MAX_COMMAND_BYTES: Final = 65_536
MAX_DATA_BYTES: Final = 262_144

Level = Literal["status", "error"]


@dataclass(frozen=True, slots=True)
class Command:
    """`arguments` are what follows the name and the transaction id: first the command object."""

    name: str
    transaction: float
    arguments: tuple[AmfValue, ...]

    def text(self, index: int) -> str:
        """The argument of that place, empty when it is no text."""
        value = self.arguments[index] if index < len(self.arguments) else None
        return value if isinstance(value, str) else ""

    def object(self, index: int) -> dict[str, AmfValue]:
        """The argument of that place, empty when it is no object."""
        value = self.arguments[index] if index < len(self.arguments) else None
        return value if isinstance(value, dict) else {}


def parse_command(message: Message) -> Command:
    """Raises RtmpError."""
    if len(message.payload) > MAX_COMMAND_BYTES:
        raise RtmpError("a command is too long")
    # Type 17 begins with a byte that says which format its name has, and nobody has written another than AMF0.
    values = amf0.decode(message.payload, at=1 if message.type_id == MessageType.COMMAND_AMF3 else 0)
    name = values[0] if values else None
    transaction = values[1] if len(values) > 1 else 0.0
    if not isinstance(name, str) or not isinstance(transaction, float):
        raise RtmpError("a command has no name or no number")
    return Command(name, transaction, tuple(values[2:]))


def parse_data(message: Message) -> list[AmfValue]:
    """The values of a data message, `@setDataFrame` left out. Raises RtmpError."""
    if len(message.payload) > MAX_DATA_BYTES:
        raise RtmpError("a data message is too long")
    values = amf0.decode(message.payload, at=1 if message.type_id == MessageType.DATA_AMF3 else 0)
    return values[1:] if values and values[0] == "@setDataFrame" else values


def command_message(name: str, transaction: float, *arguments: Encodable, stream_id: int = 0) -> Message:
    """A command, or the `_result` or `_error` of one."""
    return Message(MessageType.COMMAND_AMF0, amf0.encode(name, transaction, *arguments), stream_id=stream_id)


def status_message(
    code: str,
    description: str,
    *,
    level: Level = "status",
    stream_id: int = 0,
    more: Mapping[str, Encodable] | None = None,
) -> Message:
    """`onStatus`. `description` is a sentence for people."""
    told: dict[str, Encodable] = {"level": level, "code": code, "description": description, **(more or {})}
    return command_message("onStatus", 0, None, told, stream_id=stream_id)


def metadata_message(members: Mapping[str, Encodable], *, stream_id: int, is_publishing: bool) -> Message:
    """`onMetaData`, which a publisher has the server keep for those who come later."""
    head = ("@setDataFrame", "onMetaData") if is_publishing else ("onMetaData",)
    payload = amf0.encode(*head) + amf0.encode_ecma_array(members)
    return Message(MessageType.DATA_AMF0, payload, stream_id=stream_id)
