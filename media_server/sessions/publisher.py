"""A publisher's session: opens what arrives, feeds the room, and tells the publisher what is missing."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from media_server.router.highest_layer import HighestLayer
from media_server.router.producer import Kind, Producer
from media_server.router.source import SourceDemux, SourceTrack
from media_server.rtp.errors import ParseError
from media_server.rtp.leg import Address, MediaPacket
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse_compound,
)
from media_server.rtp.sender import PublisherClock
from media_server.rtp.twcc import TransportFeedbackRecorder
from media_server.sdp import ReceivedTrack, Source
from media_server.sdp.shapes import TRANSPORT_CC
from media_server.transport.peer import PeerTransport
from media_server.transport.srtp import SrtpSession

REPORT_INTERVAL_S: Final = 1.0
_MAX_RTCP_BYTES: Final = 1_200


def _unwanted(*_: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class PublisherHooks:
    """What a session tells its room's owner.

    `received` says that a producer has a new packet. `media` gets each packet after repair, and as its producer has it;
    of several layers those of the highest, as one stream, on whose time `sender_report` is too. `layer` gets those of
    each layer of a picture of several as they came, by its place, and `layer_report` what is said of its time.
    """

    connected: Callable[[PublisherSession], None]
    heard: Callable[[float], None]
    received: Callable[[Kind, float], None]
    media: Callable[[Kind, RtpPacket, MediaPacket, float], None]
    sender_report: Callable[[Kind, SenderReport, float], None]
    closed: Callable[[PublisherSession], None]
    layer: Callable[[int, RtpPacket, MediaPacket, float], None] = _unwanted
    layer_report: Callable[[int, SenderReport], None] = _unwanted


class PublisherSession:
    """One WHIP session of one generation."""

    def __init__(
        self,
        session_id: str,
        *,
        action: Literal["publish", "talk"],
        user_id: str,
        token_id: str,
        generation: int,
        tracks: tuple[ReceivedTrack, ...],
        cname: str,
        clock: Callable[[], float],
        hooks: PublisherHooks,
    ) -> None:
        self.session_id = session_id
        self.action = action
        self.user_id = user_id
        self.token_id = token_id
        self.generation = generation
        self.transport: PeerTransport | None = None
        self.remote_ufrag = ""
        self.tracks = tracks
        self._demux = SourceDemux(())
        self._highest: dict[Kind, HighestLayer] = {}
        self._places: dict[Producer, int] = {}
        """Of the layers of a picture that has several."""
        self._ssrc = secrets.randbits(32)
        self._cname = cname
        self._clock = clock
        self._hooks = hooks
        self._feedback: TransportFeedbackRecorder | None = None
        self._transport_cc_ids = {
            track.extensions[TRANSPORT_CC] for track in tracks if TRANSPORT_CC in track.extensions
        }
        self._report_timer: asyncio.TimerHandle | None = None

    @property
    def sources(self) -> tuple[Source, ...]:
        """The tracks as viewers' offers are matched against them."""
        return tuple(Source(track.kind, track.codec, len(track.layers)) for track in self.tracks)

    def feed(self, producers: Mapping[Kind, Sequence[Producer]], *, unix_at_zero: float) -> None:
        """Send what arrives into `producers`, which has one for each layer of this session's sources.

        `unix_at_zero` is the Unix time at which the monotonic clock was zero.
        """
        clock = PublisherClock(unix_at_zero=unix_at_zero)
        self._highest = {track.kind: HighestLayer(producers[track.kind]) for track in self.tracks}
        pictures = producers.get("video", ())
        self._places = {producer: place for place, producer in enumerate(pictures)} if len(pictures) > 1 else {}
        self._demux = SourceDemux(
            tuple(
                SourceTrack(track, producer, local_ssrc=self._ssrc, clock=clock, layer=layer)
                for track in self.tracks
                for layer, producer in zip(track.layers, producers[track.kind], strict=True)
            )
        )

    def on_connected(self, session: SrtpSession, address: Address) -> None:
        """See `PeerEvents`."""
        self._hooks.connected(self)
        self._report()

    def on_rtp(self, packet: bytes, now: float) -> None:
        """See `PeerEvents`."""
        try:
            parsed = RtpPacket.parse(packet)
        except ParseError:
            return
        self._note_arrival(parsed, now)
        source = self._demux.find(parsed)
        original = source.receive(parsed, now=now) if source is not None else None
        if source is None or original is None:
            return
        self._hooks.heard(now)
        for each in (*source.take_recovered(), original):
            self._take(source, each, now)

    def _take(self, source: SourceTrack, original: RtpPacket, now: float) -> None:
        producer = source.producer
        media = producer.receive(original, now=now, extensions=source.said_of(original))
        if media is None:
            return
        highest = self._highest[producer.kind].take(original, media, producer, now=now)
        if highest is not None:
            self._hooks.media(producer.kind, highest, media, now)
        place = self._places.get(producer)
        if place is not None:
            self._hooks.layer(place, original, media, now)
        self._hooks.received(producer.kind, now)

    def on_rtcp(self, packet: bytes, now: float) -> None:
        """See `PeerEvents`: sender reports set the clocks, a BYE of every source ends the session."""
        self._hooks.heard(now)
        try:
            parts = parse_compound(packet)
        except ParseError:
            return
        for part in parts:
            if isinstance(part, SenderReport):
                source = self._demux.by_ssrc(part.ssrc)
                if source is not None:
                    source.sender_report(part, now=now)
                    self._tell_time(source.producer, part, now)
            elif isinstance(part, Goodbye) and self._says_goodbye(part):
                self.close("the publisher said goodbye")
                return

    def on_moved(self, address: Address) -> None:
        """See `PeerEvents`: nothing is sent on legs here."""

    def on_closed(self, reason: str) -> None:
        """See `PeerEvents`."""
        if self._report_timer is not None:
            self._report_timer.cancel()
        self._hooks.closed(self)

    def close(self, reason: str) -> None:
        """End the session with close_notify."""
        if self.transport is not None:
            self.transport.close(reason)

    def is_dead(self, now: float) -> bool:
        """Whether a connected publisher has been silent for too long."""
        return self.transport is not None and self.transport.is_dead(now)

    def poll(self, now: float) -> None:
        """Send what is due: NACKs, key frame requests, transport feedback. Called every few milliseconds."""
        due = self._demux.due(now=now)
        if self._feedback is not None:
            due += self._feedback.due(now=now)
        if due:
            # Reduced-size RTCP (RFC 5506) was negotiated or is tolerated by every sender we know.
            self._send(due)

    def _tell_time(self, producer: Producer, report: SenderReport, now: float) -> None:
        timestamp = self._highest[producer.kind].timestamp(producer, report.rtp_timestamp)
        if timestamp is not None:
            self._hooks.sender_report(producer.kind, replace(report, rtp_timestamp=timestamp), now)
        place = self._places.get(producer)
        if place is not None:
            self._hooks.layer_report(place, report)

    def _note_arrival(self, packet: RtpPacket, now: float) -> None:
        for extension_id in self._transport_cc_ids:
            value = packet.extensions.get(extension_id)
            if value is not None and len(value) == 2:
                if self._feedback is None:
                    # Chromium drops feedback whose media SSRC is none of its own, though it covers the whole transport.
                    self._feedback = TransportFeedbackRecorder(sender_ssrc=self._ssrc, media_ssrc=packet.ssrc)
                self._feedback.receive(int.from_bytes(value, "big"), now=now)

    def _says_goodbye(self, goodbye: Goodbye) -> bool:
        ssrcs = {track.ssrc for track in self._demux.tracks if track.ssrc is not None}
        return bool(ssrcs) and ssrcs <= set(goodbye.sources)

    def _report(self) -> None:
        now = self._clock()
        self._send(
            [
                ReceiverReport(self._ssrc, self._demux.report_blocks(now=now)),
                SourceDescription.of_cname(self._ssrc, self._cname),
            ]
        )
        delay_s = REPORT_INTERVAL_S * (0.8 + secrets.randbelow(400) / 1000)
        self._report_timer = asyncio.get_running_loop().call_later(delay_s, self._report)

    def _send(self, packets: list[RtcpPacket]) -> None:
        if self.transport is None:
            return
        # After a stall feedback for a second of packets is due at once: more than one datagram holds.
        compound = b""
        for packet in packets:
            part = packet.serialize()
            if compound and len(compound) + len(part) > _MAX_RTCP_BYTES:
                self.transport.send_rtcp(compound)
                compound = b""
            compound += part
        self.transport.send_rtcp(compound)
