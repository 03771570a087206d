"""The frames of a room that is pulled, made for as long as somebody here is sent frames, not packets."""

from __future__ import annotations

from collections.abc import Callable

from media_server.router.highest_layer import HighestLayer
from media_server.router.producer import Producer
from media_server.rtp.leg import MediaPacket
from media_server.rtp.ntp import ntp_to_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import SenderReport
from media_server.sessions.stage import Stage


class RelayedFrames:
    """Gives the pulled packets of the highest layer to the room's hub while there are takers: players by RTMP.

    Viewers over WebRTC are none, so most edges are spared the work.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._takers: set[object] = set()
        self._highest: dict[Producer, HighestLayer] = {}

    @property
    def are_wanted(self) -> bool:
        """Whether there are takers."""
        return bool(self._takers)

    def take(self) -> Callable[[], None]:
        """One taker more, who calls what is returned when it is none any more."""
        taker = object()
        self._takers.add(taker)
        if len(self._takers) == 1:
            self.begin()

        def give_up() -> None:
            if taker in self._takers:
                self._takers.remove(taker)
                if not self._takers:
                    self._stop()

        return give_up

    def begin(self) -> None:
        """A pull begins, or the first taker comes: an epoch of the hub, if anybody wants one."""
        if not self._takers:
            return
        tracks = self._stage.room.tracks
        self._highest = {}
        for track in tracks.values():
            highest = HighestLayer(track.producers)
            self._highest |= dict.fromkeys(track.producers, highest)
        codecs = {source.kind: source.codec.name for source in self._stage.room.sources}
        self._stage.rtp_source.set_tracks(
            video_codec=codecs.get("video"), audio_codec=codecs.get("audio"), now=self._stage.clock()
        )
        self._stage.request_keyframe()

    def close(self) -> None:
        """The room is pulled no more; who gives up now changes nothing."""
        if self._takers:
            self._takers.clear()
            self._stop()

    def packet(self, producer: Producer, packet: RtpPacket, media: MediaPacket, now: float) -> None:
        """`packet` was pulled, which `producer` has as `media`."""
        highest = self._highest.get(producer)
        taken = highest.take(packet, media, producer, now=now) if highest is not None else None
        if taken is not None:
            self._stage.rtp_source.receive(producer.kind, taken, now=now)

    def sender_report(self, producer: Producer, report: SenderReport) -> None:
        """The origin's report of a layer."""
        highest = self._highest.get(producer)
        timestamp = highest.timestamp(producer, report.rtp_timestamp) if highest is not None else None
        if timestamp is not None:
            self._stage.rtp_source.sender_report(
                producer.kind, ntp_s=ntp_to_unix(report.ntp_timestamp), rtp_timestamp=timestamp
            )

    def _stop(self) -> None:
        self._highest = {}
        self._stage.rtp_source.set_tracks(video_codec=None, audio_codec=None, now=self._stage.clock())
