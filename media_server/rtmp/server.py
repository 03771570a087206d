"""A server's side of one connection: a client that publishes or plays one stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from media_server.hub.frames import Kind
from media_server.rtmp import amf0
from media_server.rtmp.amf0 import Encodable
from media_server.rtmp.commands import Command, command_message, parse_command, parse_data, status_message
from media_server.rtmp.enhanced import AUDIO_FOURCC, VIDEO_FOURCC
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.events import (
    MediaReceived,
    MetadataReceived,
    PlayRequested,
    PublishRequested,
    ServerEvent,
    StreamClosed,
)
from media_server.rtmp.handshake import ServerHandshake
from media_server.rtmp.link import DEFAULT_WINDOW_BYTES, Link
from media_server.rtmp.messages import (
    COMMAND_CHUNK_STREAM,
    CONTROL_CHUNK_STREAM,
    DATA_CHUNK_STREAM,
    Message,
    MessageType,
    UserControl,
    number_message,
    peer_bandwidth_message,
    user_control_message,
)

MAX_STREAMS: Final = 8
"""Of one connection, by createStream."""
MAX_NAME_CHARS: Final = 4096

_MEDIA: Final[Mapping[int, Kind]] = {int(MessageType.VIDEO): "video", int(MessageType.AUDIO): "audio"}
_CAN_FORWARD: Final = 4
# Enhanced RTMP v2, capsEx: reconnect, multitrack, modifiers, nanoseconds.
CAPS_RECONNECT, _CAPS_MULTITRACK, _CAPS_MODIFIERS, _CAPS_NANOSECONDS = 1, 2, 4, 8
_SERVER: Final[Mapping[str, Encodable]] = {"fmsVer": "FMS/3,5,7,7009", "capabilities": 31, "mode": 1}
_FOURCCS: Final = [name.decode() for name in (*VIDEO_FOURCC, *AUDIO_FOURCC)]
_ENHANCED: Final[Mapping[str, Encodable]] = {
    "fourCcList": _FOURCCS,
    "videoFourCcInfoMap": {name.decode(): _CAN_FORWARD for name in VIDEO_FOURCC},
    "audioFourCcInfoMap": {name.decode(): _CAN_FORWARD for name in AUDIO_FOURCC},
    "capsEx": CAPS_RECONNECT | _CAPS_MULTITRACK | _CAPS_MODIFIERS | _CAPS_NANOSECONDS,
}

Mode = Literal["idle", "asked", "publishing", "playing"]


class ServerSession:
    """Sans-IO. Feed it with `receive`, answer its requests, send what `take_output` gives."""

    def __init__(self, *, app: str = "live") -> None:
        """`app` is the one application there is; others are refused."""
        self.mode: Mode = "idle"
        self.is_refused = False
        """Whether nothing follows but what is still to be sent."""
        self.link = Link(ServerHandshake())
        self.encoder = ""
        """What the client calls itself."""
        self.is_enhanced = False
        self._may_reconnect = False
        self._app = app
        self._is_connected = False
        self._streams = 0
        self._stream_id = 0

    def receive(self, data: bytes, *, now: float) -> list[ServerEvent]:
        """What happens with `data`. Raises RtmpError."""
        events: list[ServerEvent] = []
        for message in self.link.receive(data, now=now):
            if self.is_refused:
                break
            kind = message.type_id
            if kind in _MEDIA:
                if self.mode == "publishing":
                    events.append(MediaReceived(_MEDIA[kind], message.payload, message.timestamp))
            elif kind in (MessageType.COMMAND_AMF0, MessageType.COMMAND_AMF3):
                self._command(parse_command(message), message.stream_id, events)
            elif kind in (MessageType.DATA_AMF0, MessageType.DATA_AMF3) and self.mode == "publishing":
                values = parse_data(message)
                if len(values) > 1 and values[0] == "onMetaData" and isinstance(values[1], dict):
                    events.append(MetadataReceived(values[1]))
        return events

    def take_output(self) -> bytes:
        """All that is to be sent."""
        return self.link.take_output()

    def accept_publish(self) -> None:
        """The client may publish."""
        self._begin("publishing")
        self._status("NetStream.Publish.Start", "the stream is published")

    def accept_play(self) -> None:
        """The client is sent the stream; `send` what it is made of."""
        self._begin("playing")
        self._status("NetStream.Play.Reset", "the stream begins")
        self._status("NetStream.Play.Start", "the stream is played")
        payload = amf0.encode("|RtmpSampleAccess", True, True)
        self.link.send(DATA_CHUNK_STREAM, Message(MessageType.DATA_AMF0, payload, stream_id=self._stream_id))

    def refuse(self, code: str, description: str) -> None:
        """No. `description` is a sentence for people; the connection is to be closed once it is sent."""
        self._status(code, description, is_error=True)
        self.is_refused = True

    def send(self, chunk_stream_id: int, message: Message) -> None:
        """A message of the stream that is played."""
        told = Message(message.type_id, message.payload, message.timestamp, self._stream_id)
        self.link.send(chunk_stream_id, told)

    def end_play(self) -> None:
        """The stream that is played is over."""
        self.link.send(CONTROL_CHUNK_STREAM, user_control_message(UserControl.STREAM_EOF, self._stream_id))
        self._status("NetStream.Play.UnpublishNotify", "the stream has ended")
        self._status("NetStream.Play.Stop", "the stream has ended")

    def ask_to_reconnect(self) -> bool:
        """This server goes down soon (Enhanced RTMP v2); False when the client would not understand."""
        if self._may_reconnect:
            told = status_message("NetConnection.Connect.ReconnectRequest", "the server is about to go down")
            self.link.send(COMMAND_CHUNK_STREAM, told)
        return self._may_reconnect

    def _begin(self, mode: Mode) -> None:
        if self.mode != "asked":
            raise ValueError("nobody has asked for it")
        self.mode = mode
        self.link.send(CONTROL_CHUNK_STREAM, user_control_message(UserControl.STREAM_BEGIN, self._stream_id))

    def _status(self, code: str, description: str, *, is_error: bool = False) -> None:
        level: Literal["status", "error"] = "error" if is_error else "status"
        told = status_message(code, description, level=level, stream_id=self._stream_id)
        self.link.send(COMMAND_CHUNK_STREAM, told)

    def _command(self, command: Command, stream_id: int, events: list[ServerEvent]) -> None:
        name = command.name
        if name == "connect":
            self._connect(command)
        elif not self._is_connected:
            raise RtmpError("a command came before connect")
        elif name == "createStream":
            self._create_stream(command)
        elif name in ("releaseStream", "FCPublish"):
            self._answer(command, None)
        elif name in ("publish", "play"):
            self._ask(command, stream_id, events)
        elif name in ("deleteStream", "closeStream", "FCUnpublish"):
            self._close_stream(events)
        # Others ask for what a live stream does not have (seek, getStreamLength), or want no answer.

    def _connect(self, command: Command) -> None:
        if self._is_connected:
            raise RtmpError("connect came twice")
        told = command.object(0)
        app = told.get("app")
        name = app.partition("?")[0].strip("/") if isinstance(app, str) else ""
        encoder, capabilities = told.get("flashVer"), told.get("capsEx")
        self.encoder = "".join(filter(str.isprintable, encoder[:100])) if isinstance(encoder, str) else ""
        self.is_enhanced = bool(told.get("fourCcList") or told.get("videoFourCcInfoMap"))
        # A float may be no number at all, and then has no bits.
        if isinstance(capabilities, float) and 0 <= capabilities < 1 << 32:
            self._may_reconnect = bool(int(capabilities) & CAPS_RECONNECT)
        self.link.send(CONTROL_CHUNK_STREAM, number_message(MessageType.WINDOW_SIZE, DEFAULT_WINDOW_BYTES))
        self.link.send(CONTROL_CHUNK_STREAM, peer_bandwidth_message(DEFAULT_WINDOW_BYTES))
        self.link.announce_chunk_size()
        if name != self._app:
            description = f"there is no application of this name: the address ends in /{self._app}"
            told_error = {"level": "error", "code": "NetConnection.Connect.Rejected", "description": description}
            self.link.send(COMMAND_CHUNK_STREAM, command_message("_error", command.transaction, None, told_error))
            self.is_refused = True
            return
        self._is_connected = True
        success: dict[str, Encodable] = {
            "level": "status",
            "code": "NetConnection.Connect.Success",
            "description": "connected",
            "objectEncoding": 0,
            **(_ENHANCED if self.is_enhanced else {}),
        }
        self.link.send(COMMAND_CHUNK_STREAM, command_message("_result", command.transaction, _SERVER, success))

    def _create_stream(self, command: Command) -> None:
        if self._streams >= MAX_STREAMS:
            raise RtmpError("too many streams on one connection")
        self._streams += 1
        self._answer(command, self._streams)

    def _answer(self, command: Command, value: Encodable) -> None:
        self.link.send(COMMAND_CHUNK_STREAM, command_message("_result", command.transaction, None, value))

    def _ask(self, command: Command, stream_id: int, events: list[ServerEvent]) -> None:
        if self.mode != "idle" or not 1 <= stream_id <= self._streams:
            raise RtmpError("one stream at a time, on a stream that was created")
        name = command.text(1)
        if len(name) > MAX_NAME_CHARS:
            raise RtmpError("the name of a stream is too long")
        self.mode, self._stream_id = "asked", stream_id
        if command.name == "play":
            events.append(PlayRequested(name.strip("/")))
        else:
            # Services have encoders put options behind the key.
            events.append(PublishRequested(name.partition("?")[0].strip("/ ")))

    def _close_stream(self, events: list[ServerEvent]) -> None:
        if self.mode == "idle":
            return
        if self.mode == "publishing":
            self._status("NetStream.Unpublish.Success", "the stream is published no more")
        self.mode = "idle"
        events.append(StreamClosed())
