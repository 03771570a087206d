"""One TCP or TLS connection of an encoder or a player."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Final

import structlog

from media_server.ingest import playing, publishing
from media_server.ingest.asking import IngestRefused
from media_server.ingest.figures import ConnectionFigures
from media_server.ingest.line import Line
from media_server.ingest.playing import Playing
from media_server.ingest.publishing import Publishing
from media_server.ingest.rests import MAX_READ_BYTES
from media_server.ingest.wiring import Wiring
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.events import (
    MediaReceived,
    MetadataReceived,
    PlayRequested,
    PublishRequested,
    ServerEvent,
)
from media_server.rtmp.messages import Message
from media_server.rtmp.muxer import chunk_stream_of
from media_server.rtmp.server import ServerSession
from media_server.sessions.encoder import LEAVING, Protocol

PING_EACH_S: Final = 5.0
LINGER_S: Final = 2.0
"""A refusal is lost when the connection is closed over bytes that were not read: so they are read for a while."""

_log = structlog.get_logger(__name__)


class RtmpConnection(asyncio.Protocol):
    """Feeds a `ServerSession`, and does what it asks for. `poll` is to be called about each second."""

    def __init__(self, wiring: Wiring, protocol: Protocol) -> None:
        self._wiring = wiring
        self._protocol = protocol
        self._session = ServerSession()
        self._line = Line(wiring.clock)
        self._has_place = False
        self._asking: asyncio.Task[None] | None = None
        self._publishing: Publishing | None = None
        self._playing: Playing | None = None
        self._began_at = self._heard_at = self._pinged_at = wiring.clock()
        self._is_leaving = False
        self._left = asyncio.Event()

    @property
    def is_publishing(self) -> bool:
        """Whether a stream comes from it."""
        return self._publishing is not None

    @property
    def is_playing(self) -> bool:
        """Whether it is sent a stream."""
        return self._playing is not None

    @property
    def figures(self) -> ConnectionFigures | None:
        """How it goes, while it publishes."""
        if self._publishing is None:
            return None
        return self._publishing.figures(encoder=self._session.encoder, rtt_s=self._session.link.rtt_s)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._line.connected(transport)
        if self._wiring.is_leaving:
            self._line.abort()
            return
        self._has_place = self._wiring.places.take(self._line.address)
        if not self._has_place:
            _log.info("connection refused, too many", address=self._line.address)
            self._line.abort()
            return
        self._line.bound(self._wiring.limits.play_unsent_bytes)
        self._wiring.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._line.lost()
        self._leave("the encoder is gone")
        self._wiring.connections.discard(self)
        if self._has_place:
            self._has_place = False
            self._wiring.places.give_up(self._line.address)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._line.is_over:
            return
        now = self._heard_at = self._wiring.clock()
        try:
            events = self._session.receive(data, now=now)
            for event in events:
                self._happened(event, now)
        except RtmpError as error:
            self._fail(str(error))
            return
        if not events and self._publishing is not None and self._session.link.is_amid_message:
            self._publishing.heard(now=now)
        self._flush()
        if self._session.is_refused:
            self._hang_up()
        elif self._publishing is not None and len(data) < MAX_READ_BYTES and not self._publishing.is_awaited:
            self._rest()

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._line.stuck_since = self._wiring.clock()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._line.stuck_since = None

    def go_down(self) -> None:
        """The server ends. Who understands it is asked to connect anew, to another worker."""
        self._session.ask_to_reconnect()
        self._leave("the media server is going down")
        self._hang_up()

    async def send_away(self, *, within_s: float) -> None:
        """The encoder is to connect to another worker: who understands that is asked to, others are left by `abort`.

        Returns when nothing is published here any more: at a key frame, or after `within_s`. Nothing is said then: an
        encoder takes a lost connection for a reason to come again, and an error for a reason not to.
        """
        if self._publishing is None:
            return
        self._is_leaving = True
        self._left.clear()
        self._session.ask_to_reconnect()
        self._flush()
        self._publishing.end_at_key_frame()
        try:
            async with asyncio.timeout(within_s):
                await self._left.wait()
        except TimeoutError:
            self._leave(LEAVING)

    def abort(self, reason: str) -> None:
        """End it here and now."""
        _log.info("connection closed", address=self._line.address, reason=reason)
        self._leave(reason)
        self._line.abort()

    def poll(self, now: float) -> None:
        """Deadlines and pings."""
        limits = self._wiring.limits
        if self._line.over_since is not None:
            if now - self._line.over_since > LINGER_S:
                self.abort("it is over")
        elif self._publishing is not None:
            self._publishing.poll(now=now)
            if now - self._heard_at > limits.silence_s:
                self.abort("silent for too long")
        elif self._playing is not None:
            if self._line.stuck_since is not None and now - self._line.stuck_since > limits.stuck_s:
                self.abort("the player reads nothing")
            elif not self._playing.may_stay():
                self._end_by_room("you have left the stream or were removed from it")
        elif self._asking is None and now - self._began_at > limits.begin_s:
            self.abort("nothing was asked for in time")
        if not self._line.is_over and now - self._pinged_at >= PING_EACH_S:
            self._pinged_at = now
            if self._publishing is not None or self._playing is not None:
                self._session.link.ping(now=now)
                self._flush()

    def _happened(self, event: ServerEvent, now: float) -> None:
        if isinstance(event, MediaReceived):
            if self._publishing is not None:
                self._publishing.media(event, now=now)
        elif isinstance(event, MetadataReceived):
            if self._publishing is not None:
                self._publishing.metadata(event)
        elif isinstance(event, PublishRequested):
            self._ask(event.key)
        elif isinstance(event, PlayRequested):
            self._ask_for(self._play(event.name))
        else:
            self._leave("the client stopped")
            self._began_at = now

    def _rest(self) -> None:
        self._line.pause()
        self._wiring.rests.add(self._go_on)

    def _go_on(self) -> None:
        # While a key is looked up nothing is read, whatever came before.
        if self._asking is None:
            self._line.resume()

    def _ask(self, key: str) -> None:
        if self._wiring.is_leaving:
            self.abort(LEAVING)
            return
        self._ask_for(self._publish(key))

    def _ask_for(self, answer: Coroutine[None, None, None]) -> None:
        self._line.pause()
        self._asking = asyncio.create_task(answer)
        self._asking.add_done_callback(self._asked)

    async def _publish(self, key: str) -> None:
        try:
            self._publishing = await publishing.admit(
                self._wiring.keys,
                self._wiring.door,
                key,
                protocol=self._protocol,
                address=self._line.address,
                close=self._end_by_room,
            )
        except IngestRefused as error:
            self._refuse("NetStream.Publish.BadName", error)
        else:
            self._heard_at = self._wiring.clock()
            self._session.accept_publish()
            self._flush()
            _log.info(
                "encoder admitted",
                stream_id=self._publishing.grant.stream_id,
                protocol=self._protocol,
                encoder=self._session.encoder,
            )

    def _asked(self, task: asyncio.Task[None]) -> None:
        self._asking = None
        self._line.resume()
        if not task.cancelled() and (error := task.exception()) is not None:
            self.abort("a fault of ours")
            raise error

    async def _play(self, name: str) -> None:
        wiring = self._wiring
        try:
            wiring.check_room_for_player()
            room, viewer_id = await playing.admit(wiring.tokens, wiring.find_room, wiring.bring, name)
            wiring.check_room_for_player()
        except IngestRefused as error:
            self._refuse("NetStream.Play.StreamNotFound", error)
            return
        self._session.accept_play()
        self._playing = Playing(
            room,
            viewer_id,
            send=self._send,
            is_behind=lambda: self._line.stuck_since is not None,
            ended=self._end_play,
            is_enhanced=self._session.is_enhanced,
        )
        self._playing.begin(now=wiring.clock())
        self._flush()

    def _send(self, message: Message) -> None:
        self._session.send(chunk_stream_of(message), message)
        self._flush()

    def _end_play(self) -> None:
        self._session.end_play()
        self._leave("the stream ended")
        self._hang_up()

    def _refuse(self, code: str, error: IngestRefused) -> None:
        _log.info("client refused", address=self._line.address, protocol=self._protocol, code=error.code)
        self._session.refuse(code, str(error))
        self._hang_up()

    def _end_by_room(self, reason: str) -> None:
        if self._is_leaving:
            self._leave(reason)
        elif self._publishing is not None or self._playing is not None:
            self._fail(reason)

    def _fail(self, reason: str) -> None:
        """Say why, where the client has got as far as to hear it, and hang up."""
        if self._session.mode == "idle":
            self.abort(reason)
            return
        _log.info("connection ends", address=self._line.address, protocol=self._protocol, reason=reason)
        self._session.refuse("NetStream.Failed", reason)
        self._leave(reason)
        self._hang_up()

    def _leave(self, reason: str) -> None:
        """Whatever was published or played is no more."""
        if self._asking is not None:
            self._asking.cancel()
        publishing_here, self._publishing = self._publishing, None
        if publishing_here is not None:
            publishing_here.close(reason)
            self._left.set()
        playing_here, self._playing = self._playing, None
        if playing_here is not None:
            playing_here.close()

    def _hang_up(self) -> None:
        self._flush()
        self._line.hang_up()

    def _flush(self) -> None:
        if not self._line.write(self._session.link.take_output()) or self._playing is not None:
            return
        if self._line.unsent_bytes > self._wiring.limits.unsent_bytes:
            self.abort("the client does not read")
