"""The session of a viewer, or of a DJ who hears the cue bus: consumers on one transport, RTCP of both directions."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from media_server.congestion.reading import MakeReader
from media_server.router.consumer import Consumer
from media_server.router.layer_choice import LayerOffer
from media_server.router.producer import Kind
from media_server.router.resend import RtxLeg
from media_server.router.track import Track
from media_server.rtp.errors import ParseError
from media_server.rtp.extensions import TRANSPORT_CC
from media_server.rtp.leg import Address, MediaPacket, RtpLeg
from media_server.rtp.leg_list import FanOut
from media_server.rtp.rtcp import (
    Fir,
    Goodbye,
    Nack,
    Pli,
    ReceiverReport,
    Remb,
    SenderReport,
    SourceDescription,
    TransportFeedback,
    parse_compound,
    serialize_compound,
)
from media_server.rtp.send_history import SendHistory
from media_server.sdp import SentTrack
from media_server.sessions.booth_line import BoothLine
from media_server.sessions.layer_ask import LayerAsk
from media_server.sessions.viewer_congestion import ViewerCongestion
from media_server.transport.peer import PeerTransport
from media_server.transport.srtp import SrtpSession

REPORT_INTERVAL_S: Final = 1.0
SOUND_REPORT_INTERVAL_S: Final = 5.0
"""For viewers without a picture to keep in step with: as libwebrtc reports on sound alone."""
_FIRST_REPORT_RETRY_S: Final = 0.05
_FIRST_REPORT_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class ViewerHooks:
    """What a session tells its room's owner."""

    started: Callable[[ViewerSession], None]
    closed: Callable[[ViewerSession], None]


class ViewerSession:
    """One WHEP session. Made when the offer is answered; media begins when DTLS is up."""

    def __init__(
        self,
        session_id: str,
        *,
        action: Literal["watch", "monitor"],
        viewer_id: str,
        token_id: str,
        tracks_of_room: Mapping[Kind, Track],
        tracks: tuple[SentTrack, ...],
        cname: str,
        fan_out: FanOut,
        make_reader: MakeReader,
        clock: Callable[[], float],
        hooks: ViewerHooks,
    ) -> None:
        self.session_id = session_id
        self.action = action
        self.viewer_id = viewer_id
        self.token_id = token_id
        self.transport: PeerTransport | None = None
        self.remote_ufrag = ""
        self._tracks_of_room = tracks_of_room
        self._sent_tracks = tracks
        self._cname = cname
        # No method of its own, which would lead back to it: a session that has gone is freed at once.
        self._send = partial(_send_one, fan_out)
        self._clock = clock
        self._hooks = hooks
        self.send_history = (
            SendHistory() if any(sent.extensions.id_of(TRANSPORT_CC) is not None for sent in tracks) else None
        )
        """What was sent under which transport-wide number, where that was agreed on."""
        self.congestion = ViewerCongestion(
            history=self.send_history, send=self._send, clock=clock, make_reader=make_reader
        )
        self._consumers: dict[int, tuple[Track, Consumer]] = {}
        self._report_timer: asyncio.TimerHandle | None = None
        self._tries_left = _FIRST_REPORT_TRIES
        self._description = b""
        has_picture = any(sent.kind == "video" for sent in tracks)
        # A DJ's cue is on the mix's clock, which reports tell.
        self._report_interval_s = REPORT_INTERVAL_S if has_picture or action == "monitor" else SOUND_REPORT_INTERVAL_S
        self.line: BoothLine | None = None

    @property
    def is_watching(self) -> bool:
        """Whether media flows to it."""
        return bool(self._consumers)

    def on_connected(self, session: SrtpSession, address: Address) -> None:
        """See `PeerEvents`: hang the consumers into the room."""
        now = self._clock()
        for sent in self._sent_tracks:
            track = self._tracks_of_room.get(sent.kind)
            if track is None:
                continue
            red = sent.codec.red_payload_type
            payload_type = sent.codec.payload_type if red is None else red
            leg = self._new_leg(sent, sent.ssrc, payload_type, session, address)
            rtx = None
            if sent.rtx is not None and sent.rtx_ssrc is not None:
                rtx = RtxLeg(self._new_leg(sent, sent.rtx_ssrc, sent.rtx, session, address))
            consumer = Consumer(track, leg, rtx=rtx, red_blocks=None if red is None else sent.codec.payload_type)
            self._consumers[sent.ssrc] = (track, consumer)
            if sent.kind == "video":
                self.congestion.add_picture(track, consumer, now=now)
            else:
                self.congestion.add_sound(leg)
            track.add(consumer, now=now)
        self._report()
        self._hooks.started(self)

    def offered_layers(self) -> dict[str, tuple[LayerOffer, ...]]:
        """What can be chosen of the pictures it is sent, by the mid of their section."""
        now = self._clock()
        pictures = {sent.mid: self._tracks_of_room.get(sent.kind) for sent in self._sent_tracks if sent.kind == "video"}
        return {mid: track.offered(now) for mid, track in pictures.items() if track is not None}

    def ask_for(self, ask: LayerAsk) -> None:
        """Be sent the best within `ask` from now on."""
        self.congestion.ask = ask
        self.congestion.decide(now=self._clock())

    def on_rtp(self, packet: bytes, now: float) -> None:
        """See `PeerEvents`: viewers have nothing to send."""

    def on_rtcp(self, packet: bytes, now: float) -> None:
        """See `PeerEvents`: resend what was lost, pass on the need for a key frame."""
        try:
            parts = parse_compound(packet, skip=self.congestion.unread)
        except ParseError:
            return
        for part in parts:
            match part:
                case Nack():
                    entry = self._consumers.get(part.media_ssrc)
                    if entry is not None:
                        entry[1].resend(part.lost, now=now, send=self._send)
                case Pli():
                    self._request_keyframe(part.media_ssrc, now)
                case Fir():
                    for ssrc, _ in part.entries:
                        self._request_keyframe(ssrc, now)
                case TransportFeedback() | Remb() | ReceiverReport():
                    self.congestion.hear(part, now=now)

    def on_moved(self, address: Address) -> None:
        """See `PeerEvents`."""
        for _, consumer in self._consumers.values():
            consumer.move_to(address)

    def on_closed(self, reason: str) -> None:
        """See `PeerEvents`: leave the room."""
        if self._report_timer is not None:
            self._report_timer.cancel()
        self.congestion.close()
        for track, consumer in self._consumers.values():
            track.remove(consumer)
        self._consumers.clear()
        if self.line is not None:
            self.line.end()
        self._hooks.closed(self)

    def is_dead(self, now: float) -> bool:
        """Whether a connected viewer has been silent for too long."""
        return self.transport is not None and self.transport.is_dead(now)

    def close(self, reason: str) -> None:
        """End the session: BYE, then close_notify."""
        if self.transport is None:
            return
        if self._consumers:
            goodbye = Goodbye(tuple(self._consumers)).serialize()
            self.transport.send_rtcp(self._compound(self._sender_reports()) + goodbye)
        self.transport.close(reason)

    def _report(self) -> None:
        assert self.transport is not None
        self.congestion.poll(self._clock())
        reports = self._sender_reports()
        is_complete = bool(reports) and len(reports) == len(self._consumers)
        if is_complete or not self._tries_left:
            self._tries_left = 0
            if reports:
                self.transport.send_rtcp(self._compound(reports))
            # Spread by ±20 % so that thousands of viewers who came together do not report together (RFC 3550 §6.3.5).
            delay_s = self._report_interval_s * random.uniform(0.8, 1.2)  # noqa: S311 - nobody gains by guessing it
        else:
            # The first goes out as soon as every track has sent something: before it they have no common clock.
            self._tries_left -= 1
            delay_s = _FIRST_REPORT_RETRY_S
        self._report_timer = asyncio.get_running_loop().call_later(delay_s, self._report)

    def _sender_reports(self) -> list[SenderReport]:
        now = self._clock()
        reports = [consumer.sender_report(now=now) for _, consumer in self._consumers.values()]
        return [report for report in reports if report is not None]

    def _compound(self, reports: list[SenderReport]) -> bytes:
        """Reports and the name of their sender, which is the same each time (RFC 3550 §6.1)."""
        if not self._description and reports:
            self._description = SourceDescription.of_cname(next(iter(self._consumers)), self._cname).serialize()
        return serialize_compound(reports) + self._description

    def _request_keyframe(self, ssrc: int, now: float) -> None:
        entry = self._consumers.get(ssrc)
        if entry is not None:
            entry[1].request_keyframe(now=now)

    def _new_leg(self, sent: SentTrack, ssrc: int, payload_type: int, session: SrtpSession, address: Address) -> RtpLeg:
        return RtpLeg(
            ssrc=ssrc,
            payload_type=payload_type,
            cipher=session.rtp_cipher,
            address=address,
            extensions=sent.extensions,
            history=self.send_history if sent.extensions.id_of(TRANSPORT_CC) is not None else None,
        )


def _send_one(fan_out: FanOut, leg: RtpLeg, packet: MediaPacket) -> None:
    fan_out.forward((leg,), (packet,))
