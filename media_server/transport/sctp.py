"""One data channel on a session's DTLS association, by aiortc's SCTP, bounded against whoever is at the other end.

Beside `dtls.py` the only file that touches aiortc's private names.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

import structlog
from aiortc.rtcdatachannel import RTCDataChannel
from aiortc.rtcsctptransport import RTCSctpCapabilities, RTCSctpTransport

from media_server.transport.dtls import DtlsTransport
from media_server.transport.sctp_screen import screen

MAX_MESSAGE_BYTES: Final = 16 * 1024
"""What a message may weigh in both directions; told to the peer as `a=max-message-size` (RFC 8841 §6)."""
PORT: Final = 5000
_MAX_WAITING_BYTES: Final = 64 * 1024
"""Sent and not yet taken by the network; above it `send` refuses, for what is newer will matter more."""
_MAX_STREAMS: Final = 16
_MAX_OUT_OF_ORDER: Final = 64
_MAX_UNSENT_CHUNKS: Final = 512

# What aiortc raises at packets that no honest peer sends. It has no error type of its own for them.
_HOSTILE: Final = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error)

_log = structlog.get_logger(__name__)


class DataTransport(RTCSctpTransport):
    """Waits for the peer to open the channel `label` (RFC 8832); every other channel is left unanswered.

    `on_message` gets each text message. One that breaks the protocol or a bound is cut off, and
    `on_broken` called once.
    """

    def __init__(
        self,
        dtls: DtlsTransport,
        *,
        label: str,
        on_open: Callable[[], None],
        on_message: Callable[[str], None],
        on_broken: Callable[[str], None],
    ) -> None:
        super().__init__(dtls, PORT)
        self._label = label
        self._on_open = on_open
        self._on_message = on_message
        self._on_broken = on_broken
        self._channel: RTCDataChannel | None = None
        self._is_broken = False
        self._inbound_streams_max = _MAX_STREAMS
        self._advertised_rwnd = 4 * MAX_MESSAGE_BYTES
        self.on("datachannel", self._opened)

    @property
    def is_open(self) -> bool:
        """Whether the channel is there."""
        return self._channel is not None and self._channel.readyState == "open"

    async def begin(self, remote_port: int, remote_max_message_bytes: int) -> None:
        """Start the association; DTLS must be connected."""
        await self.start(RTCSctpCapabilities(maxMessageSize=remote_max_message_bytes), remote_port)

    def send(self, text: str) -> bool:
        """Queue a message; False, and nothing done, without a channel or when too much is waiting to be sent."""
        channel = self._channel
        if channel is None or channel.readyState != "open":
            return False
        if channel.bufferedAmount + len(text) > _MAX_WAITING_BYTES or len(self._outbound_queue) > _MAX_UNSENT_CHUNKS:
            return False
        limit = self._remote_max_message_size
        if limit and len(text.encode()) > limit:
            return False
        channel.send(text)
        return True

    def _opened(self, channel: RTCDataChannel) -> None:
        if channel.label != self._label or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._received)
        channel.on("close", self._closed)
        self._on_open()

    def _closed(self) -> None:
        self._channel = None

    def _received(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self._on_message(message)

    async def _handle_data(self, data: bytes) -> None:
        if self._is_broken:
            return
        try:
            screen(data)
            await super()._handle_data(data)
        except ConnectionError:
            raise
        except _HOSTILE as error:
            self._break(f"broken SCTP: {type(error).__name__}")
            return
        waiting = sum(len(stream.reassembly) for stream in self._inbound_streams.values())
        if (
            self._advertised_rwnd < 0
            or waiting > _MAX_OUT_OF_ORDER
            or len(self._sack_misordered) > _MAX_OUT_OF_ORDER
            or len(self._inbound_streams) > _MAX_STREAMS
            or len(self._data_channels) > _MAX_STREAMS
        ):
            self._break("more SCTP data than is taken")

    async def _receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        if len(data) > MAX_MESSAGE_BYTES:
            self._break("a message above the size that was announced")
            return
        await super()._receive(stream_id, pp_id, data)

    def _break(self, reason: str) -> None:
        if self._is_broken:
            return
        self._is_broken = True
        _log.info("data channel broken off", reason=reason)
        self._set_state(self.State.CLOSED)
        self._on_broken(reason)
