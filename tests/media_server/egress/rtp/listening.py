"""What RtpEgress gives, packet by packet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from media_server.egress.rtp.egress import RtpEgress
from media_server.hub.frames import Track
from media_server.hub.hub import Hub
from media_server.router.producer import Producer
from media_server.rtp.leg import MediaPacket
from media_server.rtp.packet import RtpPacket

UNIX_AT_ZERO = 1_700_000_000.0


class Ear:
    """A track that somebody is sent, or nobody."""

    def __init__(self, producer: Producer) -> None:
        self.producer = producer
        self.on_wanted: Callable[[], None] = lambda: None
        self.is_wanted = True


class Sent:
    """A hub whose tracks, or those that are `routed`, each go into a producer of their own, and what that took."""

    def __init__(self, *, routed: tuple[str, ...] = ()) -> None:
        self.hub = Hub()
        self._routed = routed
        self.ears: dict[str, Ear] = {}
        self.packets: dict[str, list[MediaPacket]] = {}
        self.batches = 0
        self.egress = RtpEgress(unix_at_zero=UNIX_AT_ZERO, route=self._route, sent=self._take)
        self.hub.listen(self.egress, now=0.0)

    @property
    def producers(self) -> dict[str, Producer]:
        return {track_id: ear.producer for track_id, ear in self.ears.items()}

    def rtp(self, track_id: str) -> list[RtpPacket]:
        """The packets of a track as a viewer gets them."""
        return [
            RtpPacket(96, packet.index & 0xFFFF, packet.timestamp, 1, packet.marker, packet.payload)
            for packet in self.packets[track_id]
        ]

    def seconds(self, track_id: str, timestamp: int, *, now: float) -> float:
        """The NTP time at which a viewer is told that `timestamp` is due."""
        producer = self.producers[track_id]
        assert producer.report_clock is not None
        pair = producer.report_clock.pair(now=now)
        assert pair is not None
        ntp, source_timestamp = pair
        at = (source_timestamp + producer.timestamp_base) & 0xFFFFFFFF
        behind = ((timestamp - at + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        return ntp / (1 << 32) + behind / producer.clock_rate

    def _route(self, tracks: Sequence[Track], now: float) -> dict[str, Ear]:
        names = {"h264": "H264", "hevc": "H265", "vp8": "VP8", "vp9": "VP9", "av1": "AV1"}
        for track in tracks:
            if track.track_id not in self.ears and track.track_id in (self._routed or (track.track_id,)):
                name = names.get(track.format.codec, "opus")
                producer = Producer(track.kind, name, 90_000 if name != "opus" else 48_000)
                self.ears[track.track_id] = Ear(producer)
                self.packets[track.track_id] = []
        return self.ears

    def _take(self) -> None:
        self.batches += 1
        for track_id, producer in self.producers.items():
            self.packets[track_id] += producer.take_pending()
