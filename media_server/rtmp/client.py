"""A client's side of one connection: publishes one stream to a server."""

from __future__ import annotations

from typing import Final

from media_server.rtmp.amf0 import Encodable
from media_server.rtmp.commands import Command, command_message, parse_command
from media_server.rtmp.events import ClientEvent, PublishAccepted, PublishRefused, ReconnectAsked
from media_server.rtmp.handshake import ClientHandshake
from media_server.rtmp.link import Link
from media_server.rtmp.messages import COMMAND_CHUNK_STREAM, Message, MessageType
from media_server.rtmp.muxer import chunk_stream_of

_CONNECT, _RELEASE, _FC_PUBLISH, _CREATE, _PUBLISH = 1.0, 2.0, 3.0, 4.0, 5.0
_MAX_REASON_CHARS: Final = 300


class PublishSession:
    """Sans-IO. Send what `take_output` gives, first after `begin`; media once PublishAccepted came."""

    def __init__(self, *, app: str, tc_url: str, key: str) -> None:
        """`tc_url` is the address without the key."""
        self._handshake = ClientHandshake()
        self.link = Link(self._handshake)
        self.stream_id = 0
        self.is_publishing = False
        self._app = app
        self._tc_url = tc_url
        self._key = key
        self._asked = False

    def begin(self) -> None:
        """The connection is there."""
        self.link.write(self._handshake.begin())

    def receive(self, data: bytes, *, now: float) -> list[ClientEvent]:
        """What happens with `data`. Raises RtmpError."""
        events: list[ClientEvent] = []
        for message in self.link.receive(data, now=now):
            if message.type_id in (MessageType.COMMAND_AMF0, MessageType.COMMAND_AMF3):
                self._command(parse_command(message), events)
        if self.link.is_open and not self._asked:
            self._asked = True
            self._connect()
        return events

    def take_output(self) -> bytes:
        """All that is to be sent."""
        return self.link.take_output()

    def send(self, message: Message) -> None:
        """A message of a muxer."""
        self.link.send(chunk_stream_of(message), message)

    def end(self) -> None:
        """Take leave, as servers like it."""
        if self.stream_id:
            self._call("FCUnpublish", 6.0, None, self._key)
            self._call("deleteStream", 7.0, None, self.stream_id)
        self.is_publishing = False

    def _connect(self) -> None:
        self.link.announce_chunk_size()
        told: dict[str, Encodable] = {
            "app": self._app,
            "type": "nonprivate",
            "flashVer": "FMLE/3.0 (compatible; NRS Live)",
            "tcUrl": self._tc_url,
        }
        self._call("connect", _CONNECT, told)

    def _call(self, name: str, transaction: float, *arguments: Encodable, stream_id: int = 0) -> None:
        self.link.send(COMMAND_CHUNK_STREAM, command_message(name, transaction, *arguments, stream_id=stream_id))

    def _command(self, command: Command, events: list[ClientEvent]) -> None:
        if command.name == "_result":
            self._succeeded(command)
        elif command.name == "_error" and command.transaction in (_CONNECT, _CREATE, _PUBLISH):
            # Servers answer releaseStream and FCPublish with errors, and mean nothing by it.
            events.append(_refusal(command))
        elif command.name == "onStatus":
            told = command.object(1)
            code = told.get("code")
            if code == "NetStream.Publish.Start":
                self.is_publishing = True
                events.append(PublishAccepted())
            elif code == "NetConnection.Connect.ReconnectRequest":
                events.append(ReconnectAsked())
            elif told.get("level") == "error":
                events.append(_refusal(command))

    def _succeeded(self, command: Command) -> None:
        if command.transaction == _CONNECT:
            self._call("releaseStream", _RELEASE, None, self._key)
            self._call("FCPublish", _FC_PUBLISH, None, self._key)
            self._call("createStream", _CREATE, None)
        elif command.transaction == _CREATE and not self.stream_id:
            number = command.arguments[1] if len(command.arguments) > 1 else None
            self.stream_id = int(number) if isinstance(number, float) and 0 < number < 1 << 31 else 1
            self._call("publish", _PUBLISH, None, self._key, "live", stream_id=self.stream_id)


def _refusal(command: Command) -> PublishRefused:
    told = command.object(1)
    code, description = told.get("code"), told.get("description")
    name = code if isinstance(code, str) else "refused"
    reason = description if isinstance(description, str) and description else name
    return PublishRefused(name[:100], "".join(c for c in reason if c.isprintable())[:_MAX_REASON_CHARS])
