"""A stream on its way to another worker: the legs of one edge, and what it asks for again."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from media_server.feed.endpoint import FeedEndpoint
from media_server.relay.answer import RELAY_EXTENSIONS, PulledTrack
from media_server.relay.offer import PullOffer
from media_server.router.consumer import Consumer
from media_server.router.track import Track
from media_server.rtp.errors import ParseError
from media_server.rtp.leg import Address, MediaPacket, RtpLeg
from media_server.rtp.leg_list import FanOut
from media_server.rtp.packet import is_rtcp
from media_server.rtp.rtcp import (
    Goodbye,
    Nack,
    Pli,
    ReceiverReport,
    RtcpPacket,
    SourceDescription,
    parse_compound,
    serialize_compound,
)
from media_server.transport.srtp import SrtpError

REPORT_INTERVAL_S: Final = 0.5
"""More often than to viewers: an edge tells by them that the origin is there."""
DEAD_AFTER_S: Final = 6.0


@dataclass(frozen=True, slots=True)
class RelayedTrack:
    """A track of the room, and how the edge was told of it."""

    track: Track
    told: PulledTrack


@dataclass(frozen=True, slots=True)
class RelayHooks:
    """`is_live`: whether the room's publisher is heard."""

    is_live: Callable[[], bool]
    closed: Callable[[RelaySession], None]


class RelaySession:
    """One pull of one edge. Media flow once a report of the edge was verified, to where that came from.

    They leave by the fan-out like those of viewers; reports of both sides go between the workers' feed sockets.
    """

    action: Literal["relay"] = "relay"

    def __init__(
        self,
        session_id: str,
        *,
        edge_id: str,
        token_id: str,
        offer: PullOffer,
        tracks: Sequence[RelayedTrack],
        endpoint: FeedEndpoint,
        fan_out: FanOut,
        cname: str,
        clock: Callable[[], float],
        hooks: RelayHooks,
    ) -> None:
        self.session_id = session_id
        self.edge_id = edge_id
        self.token_id = token_id
        self.tracks = tuple(tracks)
        self._offer = offer
        self._srtp = offer.key.srtp()
        self._endpoint = endpoint
        self._fan_out = fan_out
        self._cname = cname
        self._clock = clock
        self._hooks = hooks
        self._address: Address | None = None
        self._consumers: dict[int, tuple[Track, Consumer]] = {}
        self._heard_at = clock()
        self._closed = False
        self._report_timer: asyncio.TimerHandle | None = None
        endpoint.add((offer.ssrc,), self)

    def receive(self, datagram: bytes, source: Address) -> None:
        """See `FeedPeer`: reports of the edge, which sends nothing else."""
        if not is_rtcp(datagram):
            return
        try:
            parts = parse_compound(self._srtp.open_rtcp(datagram))
        except (SrtpError, ParseError):
            return
        now = self._heard_at = self._clock()
        if self._address is None:
            self._begin(source, now)
        for part in parts:
            match part:
                case Nack():
                    entry = self._consumers.get(part.media_ssrc)
                    if entry is not None:
                        entry[1].resend(part.lost, now=now, send=self._send_one)
                case Pli():
                    self._keyframe(part.media_ssrc, now)
                case Goodbye() if self._offer.ssrc in part.sources:
                    self.close("the edge said goodbye")
                    return

    def is_dead(self, now: float) -> bool:
        """Whether the edge is gone, or never came."""
        return now - self._heard_at > DEAD_AFTER_S

    def close(self, reason: str) -> None:
        """End the session, and tell the edge."""
        if self._closed:
            return
        self._closed = True
        if self._address is not None:
            ssrcs = tuple(ssrc for each in self.tracks for ssrc in each.told.layers)
            self._send([ReceiverReport(ssrcs[0]), Goodbye(ssrcs)])
        self._endpoint.remove((self._offer.ssrc,), self)
        if self._report_timer is not None:
            self._report_timer.cancel()
        for track, consumer in self._consumers.values():
            track.remove(consumer)
        self._consumers.clear()
        self._hooks.closed(self)

    def _begin(self, address: Address, now: float) -> None:
        self._address = address
        for each in self.tracks:
            if not each.told.is_alternative:
                self._add(each, now)
        self._report()

    def _add(self, each: RelayedTrack, now: float) -> None:
        assert self._address is not None
        for layer, ssrc in enumerate(each.told.layers):
            leg = RtpLeg(
                ssrc=ssrc,
                payload_type=each.told.codec.payload_type,
                cipher=self._srtp.rtp_cipher,
                address=self._address,
                extensions=RELAY_EXTENSIONS,
            )
            consumer = Consumer(each.track, leg)
            consumer.only = layer
            self._consumers[ssrc] = (each.track, consumer)
            each.track.add(consumer, now=now)

    def _keyframe(self, ssrc: int, now: float) -> None:
        entry = self._consumers.get(ssrc)
        if entry is not None:
            entry[1].request_keyframe(now=now)
            return
        asked = next((each for each in self.tracks if ssrc in each.told.layers), None)
        if asked is not None and self._address is not None:
            self._add(asked, now)

    def _report(self) -> None:
        """Sender reports while the stream is live; else what says that this worker is there."""
        if any(len(each.track.layers) > len(each.told.layers) for each in self.tracks):
            self.close("the source has a further layer")
            return
        now = self._clock()
        reports: list[RtcpPacket] = []
        if self._hooks.is_live():
            known = (consumer.sender_report(now=now) for _, consumer in self._consumers.values())
            reports += [report for report in known if report is not None]
        if not reports:
            reports.append(ReceiverReport(self.tracks[0].told.layers[0]))
        self._send([*reports, SourceDescription.of_cname(self.tracks[0].told.layers[0], self._cname)])
        delay_s = REPORT_INTERVAL_S * (0.8 + secrets.randbelow(400) / 1000)
        self._report_timer = asyncio.get_running_loop().call_later(delay_s, self._report)

    def _send(self, parts: list[RtcpPacket]) -> None:
        assert self._address is not None
        self._endpoint.send(self._srtp.seal_rtcp(serialize_compound(parts)), self._address)

    def _send_one(self, leg: RtpLeg, packet: MediaPacket) -> None:
        self._fan_out.forward((leg,), (packet,))
