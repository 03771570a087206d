"""One pull of a stream as the edge has it: the origin's packets opened, repaired, and given to the room's producers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from media_server.feed.endpoint import FeedEndpoint
from media_server.relay.answer import RELAY_EXTENSIONS, PullAnswer, PulledTrack
from media_server.relay.offer import PullOffer
from media_server.router.producer import Producer
from media_server.router.source import SourceDemux, SourceTrack
from media_server.rtp.errors import ParseError
from media_server.rtp.leg import Address, MediaPacket
from media_server.rtp.packet import RtpPacket, is_rtcp
from media_server.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse_compound,
    serialize_compound,
)
from media_server.rtp.sender import PublisherClock
from media_server.sdp import ReceivedTrack
from media_server.sdp.shapes import Encoding
from media_server.transport.srtp import SrtpError

REPORT_INTERVAL_S: Final = 1.0
FIRST_REPORT_INTERVAL_S: Final = 0.05
"""Until the origin is heard: it learns by a report where to send, and that one may get lost."""
DEAD_AFTER_S: Final = 2.0
"""An origin sends reports twice a second, whatever its publisher does."""


@dataclass(frozen=True, slots=True)
class PullHooks:
    """What a pull tells its room. `heard`: media came, or word that the stream is live; `received`: a packet is in a
    producer, as what that has of it; `sender_report`: of the source of a producer."""

    heard: Callable[[float], None]
    received: Callable[[Producer, RtpPacket, MediaPacket, float], None]
    sender_report: Callable[[Producer, SenderReport], None]
    closed: Callable[[Pull], None]


class Pull:
    """Open from the origin's answer on, until either side says goodbye or the origin is silent."""

    action: Literal["relay"] = "relay"

    def __init__(
        self,
        session_id: str,
        *,
        offer: PullOffer,
        answer: PullAnswer,
        endpoint: FeedEndpoint,
        cname: str,
        clock: Callable[[], float],
        hooks: PullHooks,
    ) -> None:
        self.session_id = session_id
        self.answer = answer
        self._offer = offer
        self._srtp = offer.key.srtp()
        self._endpoint = endpoint
        self._cname = cname
        self._clock = clock
        self._hooks = hooks
        self._demux = SourceDemux(())
        self._is_heard = False
        self._heard_at = clock()
        self._report_at = clock()
        self._closed = False

    def feed(self, producers: Sequence[Sequence[Producer]], *, unix_at_zero: float) -> None:
        """Begin to pull: `producers` has one for each layer of each track of the answer, in the same order."""
        clock = PublisherClock(unix_at_zero=unix_at_zero)
        sources: list[SourceTrack] = []
        for told, of_track in zip(self.answer.tracks, producers, strict=True):
            track = _received(told)
            sources += (
                SourceTrack(track, producer, local_ssrc=self._offer.ssrc, clock=clock, layer=layer)
                for layer, producer in zip(track.layers, of_track, strict=True)
            )
        self._demux = SourceDemux(tuple(sources))
        self._endpoint.add(self._ssrcs, self)

    def receive(self, datagram: bytes, source: Address) -> None:
        """See `FeedPeer`: whatever opens under the key is the origin's, wherever it comes from."""
        try:
            if is_rtcp(datagram):
                self._reports(parse_compound(self._srtp.open_rtcp(datagram)))
            else:
                self._media(RtpPacket.parse(self._srtp.open_rtp(datagram)))
        except (SrtpError, ParseError):
            return

    def poll(self, now: float) -> None:
        """Send what is due: reports, NACKs, key frame requests. Called every few milliseconds."""
        due = self._demux.due(now=now)
        if now >= self._report_at:
            self._report_at = now + (REPORT_INTERVAL_S if self._is_heard else FIRST_REPORT_INTERVAL_S)
            due = [
                ReceiverReport(self._offer.ssrc, self._demux.report_blocks(now=now)),
                SourceDescription.of_cname(self._offer.ssrc, self._cname),
                *due,
            ]
        if due:
            self._send(due)

    def is_dead(self, now: float) -> bool:
        """Whether the origin is gone."""
        return now - self._heard_at > DEAD_AFTER_S

    def close(self, reason: str) -> None:
        """End the pull, and tell the origin."""
        if self._closed:
            return
        self._closed = True
        self._send([ReceiverReport(self._offer.ssrc), Goodbye((self._offer.ssrc,))])
        self._endpoint.remove(self._ssrcs, self)
        self._hooks.closed(self)

    @property
    def _ssrcs(self) -> tuple[int, ...]:
        return tuple(ssrc for track in self.answer.tracks for ssrc in track.layers)

    def _media(self, packet: RtpPacket) -> None:
        now = self._note_heard()
        source = self._demux.find(packet)
        original = source.receive(packet, now=now) if source is not None else None
        if source is None or original is None:
            return
        self._hooks.heard(now)
        media = source.producer.receive(original, now=now, extensions=source.said_of(original))
        if media is not None:
            self._hooks.received(source.producer, original, media, now)

    def _reports(self, parts: list[RtcpPacket]) -> None:
        now = self._note_heard()
        for part in parts:
            if isinstance(part, SenderReport):
                source = self._demux.by_ssrc(part.ssrc)
                if source is not None:
                    source.sender_report(part, now=now)
                    self._hooks.sender_report(source.producer, part)
                    self._hooks.heard(now)
            elif isinstance(part, Goodbye) and set(self._ssrcs) <= set(part.sources):
                self.close("the origin said goodbye")
                return

    def _note_heard(self) -> float:
        self._is_heard = True
        self._heard_at = self._clock()
        return self._heard_at

    def _send(self, parts: list[RtcpPacket]) -> None:
        self._endpoint.send(self._srtp.seal_rtcp(serialize_compound(parts)), self.answer.address)


def _received(track: PulledTrack) -> ReceivedTrack:
    return ReceivedTrack(
        kind=track.kind,
        mid="",
        codec=track.codec,
        layers=tuple(Encoding(ssrc=ssrc) for ssrc in track.layers),
        extensions=dict(RELAY_EXTENSIONS.ids),
    )
