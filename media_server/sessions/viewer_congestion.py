"""What one viewer's path carries, and the layer of the picture that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from media_server.congestion.allocator import Allocator
from media_server.congestion.estimator import BandwidthEstimator
from media_server.congestion.reading import MakeReader
from media_server.router.consumer import Consumer
from media_server.router.layer_choice import LayerChoice, LayerOffer
from media_server.router.track import Track
from media_server.rtp.errors import ParseError
from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.rtcp import BYE, RR, SDES, SR, ReceiverReport, Remb, TransportFeedback
from media_server.rtp.send_history import SendHistory
from media_server.sessions.layer_ask import LayerAsk
from media_server.sessions.viewer_probe import Later, ViewerProbe

FIRST_BPS: Final = 3_000_000
"""A viewer begins with the picture that a path of this carries: most carry 720 lines."""
DECIDE_EVERY_S: Final = 0.2
DECIDE_LITTLE_EVERY_S: Final = 1.0
"""Where there is one layer, and all that can be decided is a pause."""
_SOUND_EVERY_S: Final = 1.0
_SILENT_AFTER_S: Final = 0.5
_PACKET_OVERHEAD_BYTES: Final = 44
"""Of a packet of sound: RTP header, header extensions and authentication tag."""
MAX_FEEDBACK_PER_S: Final = 100
"""Browsers send twenty messages a second; one that sends without end is read no more until the second is over."""
_MIN_TEMPORAL_PARTS: Final = 2
"""Of a layer that has a lower one beside it: a smaller picture is better than one that stutters."""

_NO_MATTER: Final = LayerAsk()
_UNREAD: Final = frozenset({SR, SDES, BYE})
_UNREAD_WITHOUT_LOSS: Final = _UNREAD | {RR}


class ViewerCongestion:
    """Fed with the viewer's RTCP, it tells the consumer of the picture what to want, and sends probes.

    Sound is sent whatever the path carries; a viewer without a picture costs nothing here. One who sees a stream of a
    single layer is looked at once a second, when a REMB or a receiver report comes.
    """

    def __init__(
        self,
        *,
        history: SendHistory | None,
        send: Callable[[RtpLeg, MediaPacket], None],
        clock: Callable[[], float],
        later: Later | None = None,
        make_reader: MakeReader | None = None,
    ) -> None:
        """`history` is what was sent with transport-wide numbers, None where they were not agreed on.

        `later`: see `ViewerProbe`. `make_reader`: the form in which feedback is read; plain Python, unless it is given.
        """
        self.ask = LayerAsk()
        """What the viewer asked for: within it is chosen."""
        self._clock = clock
        self._estimator = BandwidthEstimator(history, make_reader=make_reader)
        self._probe = (
            ViewerProbe(history, self._estimator, send=send, clock=clock, later=later) if history is not None else None
        )
        """None where nothing would be heard of what becomes of it."""
        self._allocator: Allocator[LayerChoice] = Allocator()
        self._picture: tuple[Track, Consumer] | None = None
        self._sound = _SoundMeter()
        self._decided_at = float("-inf")
        self._decides_every_s = DECIDE_EVERY_S
        self._feedback_second = 0
        self._feedback_count = 0
        self._reported_up_to: int | None = None

    @property
    def unread(self) -> frozenset[int]:
        """Types of RTCP packets that say nothing to us; a viewer who goes says so by DTLS."""
        return _UNREAD_WITHOUT_LOSS if self._picture is None or self._probe is not None else _UNREAD

    @property
    def estimate_bps(self) -> float:
        """What the path is taken to carry."""
        return self._estimator.bitrate_bps(now=self._clock())

    def add_sound(self, leg: RtpLeg) -> None:
        """What `leg` sends is not at our choice."""
        self._sound.leg = leg

    def add_picture(self, track: Track, consumer: Consumer, *, now: float) -> None:
        """Choose for `consumer`, to begin with."""
        self._picture = track, consumer
        self.decide(now=now)

    def close(self) -> None:
        """The viewer has gone."""
        self._picture = None
        if self._probe is not None:
            self._probe.stop()

    def hear(self, part: TransportFeedback | Remb | ReceiverReport, *, now: float) -> None:
        """What the viewer says of its path."""
        if self._picture is None or not self._may_speak(now):
            return
        match part:
            case TransportFeedback():
                with suppress(ParseError):
                    self._estimator.on_feedback(part, now=now)
            case Remb():
                self._estimator.on_remb(part.bitrate_bps, now=now)
            case ReceiverReport():
                self._hear_report(part, now)
        if now - self._decided_at >= self._decides_every_s:
            self.decide(now=now)

    def poll(self, now: float) -> None:
        """About each second: where nothing is sent nothing is said of the path either, and a pause would never end; nor
        would a change that was asked for begin at a viewer who never says anything."""
        is_silent = self._probe is not None and now - self._decided_at >= _SILENT_AFTER_S
        if self._allocator.is_paused or is_silent:
            self.decide(now=now)

    def decide(self, *, now: float) -> None:
        """Choose anew. To be called when `ask` was changed; else it happens as feedback comes."""
        if self._picture is None:
            return
        self._decided_at = now
        track, consumer = self._picture
        offered = track.offered(now)
        offers = considered(offered if self.ask == _NO_MATTER else self.ask.allowed(offered))
        self._decides_every_s = DECIDE_EVERY_S if len(offers) > 1 else DECIDE_LITTLE_EVERY_S
        current_bps = next((offer.bitrate_bps for offer in offers if offer.choice == self._allocator.choice), 0)
        sound_bps = self._sound.bitrate_bps(now) if self._estimator.is_of_all(now=now) else 0.0
        # What is sent first stays while nothing speaks against it, which over-use does within a second.
        needed_bps = current_bps + sound_bps if self._allocator.has_begun else FIRST_BPS
        estimate_bps = self._estimator.believed_bps(needed_bps, now=now)
        # Some agree on transport-wide feedback and send none: of them no probe finds out anything.
        probe = self._probe if consumer.can_repeat else None
        may_try = probe is None or self._estimator.delay.bitrate_bps is None
        choice = self._allocator.decide(offers, room_bps=estimate_bps - sound_bps, may_try=may_try, now=now)
        if choice is None and not self._allocator.is_paused:
            # Nothing is offered yet: what begins is taken as it comes.
            return
        if choice != consumer.wanted:
            self._estimator.layer_changed(now=now)
            consumer.want(choice, now=now)
        if probe is not None:
            self._plan_probe(probe, consumer, offers, sound_bps, now)

    def _plan_probe(
        self, probe: ViewerProbe, consumer: Consumer, offers: Sequence[LayerOffer], sound_bps: float, now: float
    ) -> None:
        wanted_bps = self._allocator.wanted_bps(offers, now=now)
        target_bps = None if wanted_bps is None else wanted_bps + sound_bps
        if target_bps is not None and target_bps <= self._estimator.bitrate_bps(now=now):
            target_bps = None
        media_bps = self._estimator.delay.acknowledged_bps or sound_bps
        probe.plan(consumer, target_bps, media_bps=media_bps, now=now)

    def _hear_report(self, report: ReceiverReport, now: float) -> None:
        assert self._picture is not None
        for block in report.reports:
            if block.ssrc == self._picture[1].leg.ssrc:
                before, self._reported_up_to = self._reported_up_to, block.highest_sequence
                packets = 0 if before is None else block.highest_sequence - before
                if 0 < packets < 1 << 16:
                    self._estimator.on_loss(block.fraction_lost / 256, packets, now=now)

    def _may_speak(self, now: float) -> bool:
        second = int(now)
        if second != self._feedback_second:
            self._feedback_second, self._feedback_count = second, 0
        self._feedback_count += 1
        return self._feedback_count <= MAX_FEEDBACK_PER_S


class _SoundMeter:
    """Bits a second that one leg sends, measured each second."""

    def __init__(self) -> None:
        self.leg: RtpLeg | None = None
        self._bitrate_bps = 0.0
        self._measured_at: float | None = None
        self._octets = 0

    def bitrate_bps(self, now: float) -> float:
        """Of the last second or so."""
        if self.leg is None:
            return 0.0
        octets = self.leg.octets_sent + _PACKET_OVERHEAD_BYTES * self.leg.packets_sent
        if self._measured_at is None:
            self._measured_at, self._octets = now, octets
        elif now - self._measured_at >= _SOUND_EVERY_S:
            self._bitrate_bps = 8 * (octets - self._octets) / (now - self._measured_at)
            self._measured_at, self._octets = now, octets
        return self._bitrate_bps


def considered(offers: Sequence[LayerOffer]) -> tuple[LayerOffer, ...]:
    """Those of `offers` that are worth choosing, the lowest first.

    Of the temporal parts of a picture that has a smaller one below it, the lowest are left out.
    """
    pictures: dict[tuple[int, int | None], list[LayerOffer]] = {}
    for offer in offers:
        pictures.setdefault((offer.choice.layer, offer.choice.spatial), []).append(offer)
    kept: list[LayerOffer] = []
    for parts in pictures.values():
        kept += parts[-_MIN_TEMPORAL_PARTS:] if kept else parts
    return tuple(kept)
