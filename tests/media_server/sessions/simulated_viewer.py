"""One viewer of a simulcast stream over a bottleneck, on simulated time: everything of a session but its sockets."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

from media_server.router.consumer import Consumer
from media_server.router.producer import Producer
from media_server.router.resend import RtxLeg
from media_server.router.track import Track
from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.rtcp import RR, ReceiverReport, Remb, ReportBlock, TransportFeedback, parse_compound
from media_server.rtp.send_history import SendHistory
from media_server.rtp.twcc import TransportFeedbackRecorder
from media_server.sessions.viewer_congestion import ViewerCongestion
from tests.support.bottleneck import Bottleneck
from tests.support.ciphers import any_cipher
from tests.support.labelled_video import LabelledVideo

FRAME_S, SOUND_S, TICK_S, FEEDBACK_S = 1 / 30, 0.02, 0.01, 0.05
SOUND_BYTES = 160
HEADERS = 52
"""Of a packet on the wire: RTP with extensions, and the authentication tag."""


@dataclass
class Timer:
    """What the session's clock calls."""

    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


class SimulatedViewer:
    """`layers` are packets of 500 bytes a frame of each layer; each makes 120 kbit/s or so."""

    def __init__(
        self,
        link: Bottleneck,
        *,
        layers: Sequence[int] = (1, 4, 10),
        with_transport_cc: bool = True,
        with_rtx: bool = True,
    ) -> None:
        self.link = link
        self.now = 1.0
        self.encoders = [LabelledVideo(codec="VP8", packets=packets, size=500, gop=300) for packets in layers]
        self.track = Track(*(Producer("video", "VP8", 90_000) for _ in layers))
        self.stopped: set[int] = set()
        self.choices: list[tuple[float, int | None]] = []
        self.sound_arrivals: list[float] = []
        self.waited: list[tuple[float, float]] = []
        self.probes: list[tuple[float, int]] = []
        self.remb_bps: float | None = None
        self.sound_bytes = SOUND_BYTES
        self.is_mute = False
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._recorder = TransportFeedbackRecorder(sender_ssrc=1, media_ssrc=2)
        self._sent = self._arrived = 0
        self._reported = (0, 0)
        history = SendHistory() if with_transport_cc else None
        self._history = history
        self.sound = self._leg(2)
        rtx = RtxLeg(self._leg(3)) if with_rtx else None
        self.consumer = Consumer(self.track, self._leg(1), rtx=rtx)
        self.congestion = ViewerCongestion(
            history=history, send=self._send_one, clock=lambda: self.now, later=self._later
        )
        for interval_s, action in (
            (FRAME_S, self._encode),
            (SOUND_S, self._send_sound),
            (TICK_S, self._tick),
            (FEEDBACK_S, self._feed_back),
            (1.0, self._report),
        ):
            self._every(interval_s, action)

    def join(self) -> None:
        """Begin to watch."""
        self.congestion.add_sound(self.sound)
        self.congestion.add_picture(self.track, self.consumer, now=self.now)
        self.track.add(self.consumer, now=self.now)

    def run(self, seconds: float) -> int | None:
        """Go on for so long; the layer that is sent then."""
        end = self.now + seconds
        while self._events[0][0] <= end:
            self.now, _, event = heapq.heappop(self._events)
            event()
        self.now = end
        return self.layer

    @property
    def layer(self) -> int | None:
        """What is sent."""
        return self.consumer.sent.layer if self.consumer.sent is not None else None

    def changes_since(self, at: float) -> int:
        """How often it was another layer."""
        layers = [layer for when, layer in self.choices if when >= at]
        return sum(before != after for before, after in pairwise(layers))

    def longest_silence_s(self, since: float) -> float:
        """Between two packets of sound that arrived."""
        return max(later - earlier for earlier, later in pairwise(at for at in self.sound_arrivals if at >= since))

    def mean_wait_s(self, since: float) -> float:
        """In the bottleneck."""
        waits = [wait_s for at, wait_s in self.waited if at >= since]
        return sum(waits) / len(waits)

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        """A FanOut over the bottleneck."""
        for leg in legs:
            for packet in packets:
                leg.packets_sent += 1
                leg.octets_sent += len(packet.payload)
                size = HEADERS + len(packet.payload)
                number = self._history.note(round(self.now * 1e6), size) if self._history is not None else 0
                self._sent += 1
                arrives_at = self.link.send(size, self.now)
                if arrives_at is not None:
                    is_sound = leg is self.sound
                    self._at(arrives_at, lambda n=number, s=is_sound: self._arrive(n, s))  # type: ignore[misc]

    def _leg(self, ssrc: int) -> RtpLeg:
        return RtpLeg(ssrc=ssrc, payload_type=96, cipher=any_cipher(), address=("192.0.2.1", 9))

    def _send_one(self, leg: RtpLeg, packet: MediaPacket) -> None:
        self.probes.append((self.now, len(packet.payload)))
        self.forward((leg,), (packet,))

    def _arrive(self, number: int, is_sound: bool) -> None:
        self._arrived += 1
        if is_sound:
            self.sound_arrivals.append(self.now)
        if self._history is not None:
            self._recorder.receive(number, now=self.now)

    def _encode(self) -> None:
        for place, (encoder, producer) in enumerate(zip(self.encoders, self.track.producers, strict=True)):
            if place in self.stopped:
                continue
            if producer.keyframes.due(now=self.now):
                encoder.request_keyframe()
            for packet in encoder.frame():
                producer.receive(packet, now=self.now)
        self.track.forward_pending(self)

    def _send_sound(self) -> None:
        self.forward((self.sound,), (MediaPacket(self.sound.packets_sent, 0, False, bytes(self.sound_bytes)),))

    def _tick(self) -> None:
        self.track.catch_up(self, now=self.now)
        self.choices.append((self.now, self.layer))
        self.waited.append((self.now, self.link.waiting_s(self.now)))

    def _feed_back(self) -> None:
        for packet in self._recorder.due(now=self.now):
            (part,) = parse_compound(packet.serialize())
            assert isinstance(part, TransportFeedback)
            self._hear(part)

    def _report(self) -> None:
        sent, arrived = self._sent - self._reported[0], self._arrived - self._reported[1]
        self._reported = self._sent, self._arrived
        lost = max(0, min(255, round(256 * (1 - arrived / sent)))) if sent else 0
        self._hear(ReceiverReport(9, (ReportBlock(self.consumer.leg.ssrc, lost, 0, self._sent, 0, 0, 0),)))
        if self.remb_bps is not None:
            self._hear(Remb(9, round(self.remb_bps), ()))
        self.congestion.poll(self.now)

    def _hear(self, part: TransportFeedback | ReceiverReport | Remb) -> None:
        is_read = not isinstance(part, ReceiverReport) or RR not in self.congestion.unread
        if is_read and not self.is_mute:
            self._at(self.now + self.link.delay_s, lambda: self.congestion.hear(part, now=self.now))

    def _later(self, delay_s: float, call: Callable[[], None]) -> Timer:
        timer = Timer()
        self._at(self.now + delay_s, lambda: None if timer.is_cancelled else call())
        return timer

    def _at(self, when: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), event))

    def _every(self, interval_s: float, action: Callable[[], None]) -> None:
        def again() -> None:
            action()
            self._at(self.now + interval_s, again)

        self._at(self.now + interval_s, again)
