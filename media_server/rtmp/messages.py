"""RTMP messages: what chunks are put together to (Adobe RTMP 1.0 §5.4, §6, §7.1)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from media_server.rtmp.errors import RtmpError

MAX_MESSAGE_BYTES: Final = 8 << 20
"""A key frame of a 4K picture at 100 Mbit/s is half of it."""
CONTROL_CHUNK_STREAM: Final = 2
COMMAND_CHUNK_STREAM: Final = 3
AUDIO_CHUNK_STREAM: Final = 4
DATA_CHUNK_STREAM: Final = 5
VIDEO_CHUNK_STREAM: Final = 6


class MessageType(IntEnum):
    """Those that we know; others are passed over."""

    SET_CHUNK_SIZE = 1
    ABORT = 2
    ACKNOWLEDGEMENT = 3
    USER_CONTROL = 4
    WINDOW_SIZE = 5
    PEER_BANDWIDTH = 6
    AUDIO = 8
    VIDEO = 9
    DATA_AMF3 = 15
    COMMAND_AMF3 = 17
    DATA_AMF0 = 18
    COMMAND_AMF0 = 20
    AGGREGATE = 22


class UserControl(IntEnum):
    """Events of user control messages (§7.1.7)."""

    STREAM_BEGIN = 0
    STREAM_EOF = 1
    PING_REQUEST = 6
    PING_RESPONSE = 7


class Message(NamedTuple):
    """`timestamp` is in milliseconds modulo 2^32, `stream_id` 0 is the connection's own."""

    type_id: int
    payload: bytes
    timestamp: int = 0
    stream_id: int = 0


def number_message(type_id: MessageType, number: int) -> Message:
    """A control message that carries 32 bits: chunk size, acknowledgement, window."""
    return Message(type_id, number.to_bytes(4, "big"))


def peer_bandwidth_message(window_bytes: int) -> Message:
    """Limit type 2, dynamic (§5.4.5)."""
    return Message(MessageType.PEER_BANDWIDTH, window_bytes.to_bytes(4, "big") + b"\x02")


def user_control_message(event: UserControl, number: int) -> Message:
    """`number` is a stream id, or the time in a ping."""
    return Message(MessageType.USER_CONTROL, event.to_bytes(2, "big") + (number & 0xFFFFFFFF).to_bytes(4, "big"))


def number_of(message: Message, *, at: int = 0) -> int:
    """The 32 bits at byte `at` of a control message. Raises RtmpError."""
    part = message.payload[at : at + 4]
    if len(part) < 4:
        raise RtmpError("a control message is cut off")
    return int.from_bytes(part, "big")


def unpacked(message: Message) -> Iterator[Message]:
    """The messages in an aggregate one (§7.1.6). Raises RtmpError."""
    payload, at, shift = message.payload, 0, None
    while at < len(payload):
        header = payload[at : at + 11]
        size = int.from_bytes(header[1:4], "big")
        body = payload[at + 11 : at + 11 + size]
        if len(header) < 11 or len(body) < size:
            raise RtmpError("an aggregate message is cut off")
        if header[0] == MessageType.AGGREGATE:
            raise RtmpError("an aggregate message is in another one")
        timestamp = int.from_bytes(header[4:7], "big") | header[7] << 24
        if shift is None:
            # Stamps inside count from one of their own; the first belongs to the time of the whole (§7.1.6).
            shift = message.timestamp - timestamp
        yield Message(header[0], body, timestamp + shift & 0xFFFFFFFF, message.stream_id)
        at += 11 + size + 4
