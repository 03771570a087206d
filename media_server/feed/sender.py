"""The mixer's end of a feed: opens it at a media worker, keeps it open, and sends what encoder threads give it."""

from __future__ import annotations

import asyncio
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import aiohttp
import structlog

from media_server.feed.link import Anchor, FeedLink
from media_server.feed.offer import Bus, FeedOffer
from media_server.feed.posting import FeedRefused, OpenFeed, end_feed, post_feed
from media_server.feed.voice_age import VoiceAge
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import Goodbye, RtcpPacket, SenderReport
from media_server.transport.sockets import version_of

SILENT_AFTER_S: Final = 3.0
"""Without a report of the worker for this long the feed is opened anew."""
REPORT_INTERVAL_S: Final = 1.0
_TICK_S: Final = 0.1
_FIRST_RETRY_S: Final = 0.25
_LAST_RETRY_S: Final = 2.0
_HOPELESS_RETRY_S: Final = 15.0
"""After a refusal that another token should end: the worker may have been wrong, or be another by then."""
_MAX_DATAGRAM_BYTES: Final = 1500
_DATAGRAMS_PER_WAKEUP: Final = 64
_GOODBYE_S: Final = 1.0

OnMicrophone = Callable[[int, int, bytes, float], None]
"""(sequence number, 16 bits; time stamp in 1/48000 s, 32 bits; Opus packet, perhaps empty; monotonic now)."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FeedTarget:
    """Where a feed is posted, `…/feed/{stream_id}`, and the media token of `act` feed for it."""

    url: str
    token: str


class FeedSender:
    """One mix on its way to a media worker. `run` keeps it there; `send` may be called from any thread.

    SSRCs and time stamps stay what they are when the feed is opened anew, so that viewers go on; the key does not.
    What is sent while there is no connection is dropped: it would come too late.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        on_microphone: OnMicrophone,
        unix_now: Callable[[], float] = time.time,
    ) -> None:
        """`on_microphone` is called on the loop; `unix_now` is the clock of the anchors."""
        self.state: Literal["connecting", "connected"] = "connecting"
        self.since = unix_now()
        self.problem: str | None = None
        self.dropped = 0
        self._http = http
        self._on_microphone = on_microphone
        self._unix_now = unix_now
        self._target: FeedTarget | None = None
        self._retarget = asyncio.Event()
        self._offer = FeedOffer.generate()
        self._bases: dict[Bus, int] = {"programme": secrets.randbits(32), "cue": secrets.randbits(32)}
        self._cname = secrets.token_hex(8)
        self._anchor: Anchor | None = None
        self._programme_delay_s = 0.0
        self._voice_age = VoiceAge()
        self._lock = threading.Lock()
        self._link: FeedLink | None = None
        self._socket: socket.socket | None = None
        self._heard_at = 0.0

    def use(self, target: FeedTarget) -> None:
        """Open the feed at `target` from now on; the same target again changes nothing."""
        if target != self._target:
            self._target = target
            self._retarget.set()

    def send(self, bus: Bus, frame: int, packet: bytes) -> None:
        """Send the Opus packet whose first sample is engine frame `frame`; dropped while there is no connection."""
        with self._lock:
            if self._link is None or self._socket is None:
                self.dropped += 1
                return
            try:
                self._socket.send(self._link.seal(bus, frame, packet))
            except OSError as error:
                self.dropped += 1
                self._note_error(error)

    def anchor(self, frame: int, unix_s: float) -> None:
        """Engine frame `frame` left the mixer at `unix_s` of `unix_now`'s clock. May be called from any thread."""
        self._anchor = Anchor(frame, unix_s)

    def set_programme_delay(self, delay_s: float) -> None:
        """How long a voice takes from the arrival of its packet to the programme; its age by then is known here.

        The programme's reports are set back by both, so that viewers hear a voice when they see its lips.
        """
        self._programme_delay_s = delay_s

    async def run(self) -> None:
        """Keep the feed open until cancelled, and say goodbye then."""
        retry_s = _FIRST_RETRY_S
        while True:
            while self._target is None:
                await self._retarget.wait()
            target = self._target
            self._retarget.clear()
            self._offer = self._offer.with_new_key()
            try:
                opened = await post_feed(self._http, target.url, target.token, self._offer)
            except FeedRefused as refusal:
                self._note("connecting", str(refusal))
                if refusal.code == "SSRC_TAKEN":
                    self._offer = FeedOffer.generate()
                await self._pause(_HOPELESS_RETRY_S if refusal.is_final else retry_s)
            else:
                if await self._keep(opened, target):
                    retry_s = _FIRST_RETRY_S
                await self._pause(retry_s)
            retry_s = min(2 * retry_s, _LAST_RETRY_S)

    async def _pause(self, seconds: float) -> None:
        """For about `seconds`, or until there is another target."""
        try:
            async with asyncio.timeout(seconds * random.uniform(0.8, 1.2)):  # noqa: S311
                await self._retarget.wait()
        except TimeoutError:
            return

    async def _keep(self, opened: OpenFeed, target: FeedTarget) -> bool:
        """Send until the worker is silent or the feed is to go elsewhere. Whether the worker was heard."""
        link = FeedLink(self._offer, self._bases, cname=self._cname)
        problem: str | None = "the media worker is not heard"
        family = socket.AF_INET6 if version_of(opened.address[0]) == 6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            try:
                sock.connect(opened.address)
            except OSError as error:
                self._note("connecting", f"there is no way to {opened.address[0]}: {error.strerror}")
                return False
            self._attach(link, sock)
            try:
                if await self._is_left_for_another(target, link, sock):
                    problem = None
                    await self._say_goodbye(opened, target, link, sock)
            except asyncio.CancelledError:
                await self._say_goodbye(opened, target, link, sock)
                raise
            finally:
                was_heard = self.state == "connected"
                self._detach(sock)
        self._note("connecting", problem)
        return was_heard

    def _attach(self, link: FeedLink, sock: socket.socket) -> None:
        asyncio.get_running_loop().add_reader(sock.fileno(), self._receive, sock, link)
        self._heard_at = time.monotonic()
        with self._lock:
            self._link, self._socket = link, sock

    def _detach(self, sock: socket.socket) -> None:
        # Under the lock, so that no thread sends on a closed socket, whose number may be another's by then.
        with self._lock:
            self._link = self._socket = None
        asyncio.get_running_loop().remove_reader(sock.fileno())

    async def _is_left_for_another(self, target: FeedTarget, link: FeedLink, sock: socket.socket) -> bool:
        """Report until the worker falls silent (False) or the feed is to be opened elsewhere (True)."""
        reported_at = float("-inf")
        while True:
            now = time.monotonic()
            if self._target is not None and self._target.url != target.url:
                return True
            if now - self._heard_at > SILENT_AFTER_S:
                return False
            if now - reported_at >= REPORT_INTERVAL_S or (link.has_begun_unreported and self._anchor is not None):
                reported_at = now
                delay_s = self._programme_delay_s + self._voice_age.seconds
                for report in link.reports(self._anchor, unix_now=self._unix_now(), programme_delay_s=delay_s):
                    _put(sock, report)
            await asyncio.sleep(_TICK_S)

    async def _say_goodbye(self, opened: OpenFeed, target: FeedTarget, link: FeedLink, sock: socket.socket) -> None:
        _put(sock, link.goodbye())
        try:
            async with asyncio.timeout(_GOODBYE_S):
                await end_feed(self._http, opened.location, target.token)
        except TimeoutError:
            _log.info("the media worker did not answer a goodbye")

    def _receive(self, sock: socket.socket, link: FeedLink) -> None:
        for _ in range(_DATAGRAMS_PER_WAKEUP):
            try:
                datagram = sock.recv(_MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                self._note_error(error)
                continue
            opened = link.open(datagram)
            now = time.monotonic()
            if isinstance(opened, RtpPacket):
                self._voice_age.packet(opened.timestamp, now=now)
                self._on_microphone(opened.sequence_number, opened.timestamp, opened.payload, now)
            elif opened:
                self._reported(opened, now)

    def _note_error(self, error: OSError) -> None:
        """A full buffer passes. A port that nobody has any more is a worker that is gone, and not waited for."""
        if isinstance(error, ConnectionRefusedError):
            self._heard_at = float("-inf")

    def _reported(self, parts: list[RtcpPacket], now: float) -> None:
        self._heard_at = now
        for part in parts:
            if isinstance(part, SenderReport):
                self._voice_age.report(part, now=now)
            elif isinstance(part, Goodbye):
                self._heard_at = float("-inf")
                return
        if self.state != "connected":
            self._note("connected", None)

    def _note(self, state: Literal["connecting", "connected"], problem: str | None) -> None:
        if (state, problem) != (self.state, self.problem):
            _log.info("feed", state=state, problem=problem)
        if state != self.state:
            self.since = self._unix_now()
        self.state, self.problem = state, problem


def _put(sock: socket.socket, datagram: bytes) -> None:
    """Send or lose: reports come again, and who misses a goodbye notices the silence."""
    try:
        sock.send(datagram)
    except OSError:
        return
