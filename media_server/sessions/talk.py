"""What the DJ of a mix sends from the booth: the microphone goes on to the mixer, the camera is the room's picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from media_server.router.producer import Kind, Producer
from media_server.router.room_state import SILENT_AFTER_S
from media_server.rtp.leg import MediaPacket
from media_server.rtp.ntp import ntp_to_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import SenderReport
from media_server.sessions.publisher import PublisherHooks, PublisherSession
from media_server.sessions.seat import Seat
from media_server.sessions.stage import Stage

_log = structlog.get_logger(__name__)


class Talk:
    """One device at a time; the newer generation takes over. Whether it is here changes nothing of the programme.

    `to_mixer` gets each packet of the microphone, numbered on one timeline over all devices; `picture_changed` is
    called when a picture comes, goes, or comes from elsewhere.
    """

    def __init__(
        self, stage: Stage, *, to_mixer: Callable[[MediaPacket], None], picture_changed: Callable[[], None]
    ) -> None:
        self.seat: Seat[PublisherSession] = Seat()
        self.has_picture = False
        self._stage = stage
        self._to_mixer = to_mixer
        self._picture_changed = picture_changed
        self._microphone = Producer("audio", "opus", 48_000)
        self._picture_at = float("-inf")

    @property
    def hooks(self) -> PublisherHooks:
        """The hooks a new talk session of this room gets."""
        return PublisherHooks(
            connected=self._connected,
            heard=lambda now: None,
            received=self._received,
            media=self._media,
            sender_report=self._sender_report,
            closed=self._closed,
        )

    def microphone_clock(self, now: float) -> tuple[int, int] | None:
        """(64-bit NTP time by our clock, time stamp to the mixer) of the instant `now`; None without a voice."""
        return _present(self._microphone, now)

    def poll(self, now: float) -> None:
        """Timers; called every few milliseconds."""
        if self.seat.current is not None:
            self.seat.current.poll(now)
        if self.has_picture and now - self._picture_at > SILENT_AFTER_S:
            self._show(False)

    def _connected(self, session: PublisherSession) -> None:
        stage = self._stage
        self.seat.take(session)
        producers: dict[Kind, tuple[Producer, ...]] = {"audio": (self._microphone,)}
        picture = next((source for source in session.sources if source.kind == "video"), None)
        if picture is not None:
            viewers_can_stay = stage.room.set_source(picture)
            producers["video"] = stage.room.tracks["video"].producers
            if not viewers_can_stay:
                stage.renegotiate()
        session.feed(producers, unix_at_zero=stage.clock.unix_at_zero)
        if picture is None:
            self._show(False)
        else:
            stage.request_keyframe()
            if self.has_picture:
                # Of another camera: it has as long to begin as one that fell silent, and players get a discontinuity.
                self._picture_at = stage.clock()
                self._picture_changed()
        kinds = [source.kind for source in session.sources]
        _log.info("talk connected", stream_id=stage.stream_id, generation=session.generation, kinds=kinds)

    def _received(self, kind: Kind, now: float) -> None:
        if kind == "video":
            self._stage.received()
            return
        for each in self._microphone.take_pending():
            self._to_mixer(each)

    def _media(self, kind: Kind, packet: RtpPacket, media: MediaPacket, now: float) -> None:
        if kind == "audio":
            return
        self._picture_at = now
        if not self.has_picture:
            self._show(True)
        self._stage.rtp_source.receive("video", renumbered(packet, media), now=now)

    def _sender_report(self, kind: Kind, report: SenderReport, now: float) -> None:
        if kind == "video":
            tell_source(self._stage, "video", self._stage.room.tracks["video"].producer, now)

    def _closed(self, session: PublisherSession) -> None:
        if self.seat.leave(session):
            self._show(False)
        self._stage.forget(session)

    def _show(self, has_picture: bool) -> None:
        if has_picture != self.has_picture:
            self.has_picture = has_picture
            self._picture_changed()


def renumbered(packet: RtpPacket, media: MediaPacket) -> RtpPacket:
    """`packet` as its producer numbers it: on one timeline, whoever sends."""
    return replace(packet, sequence_number=media.index & 0xFFFF, timestamp=media.timestamp)


def tell_source(stage: Stage, kind: Kind, producer: Producer, now: float) -> None:
    """A sender report of one track, by our own clock: picture and sound come from different machines."""
    present = _present(producer, now)
    if present is not None:
        ntp_timestamp, timestamp = present
        stage.rtp_source.sender_report(kind, ntp_s=ntp_to_unix(ntp_timestamp), rtp_timestamp=timestamp)


def _present(producer: Producer, now: float) -> tuple[int, int] | None:
    pair = producer.report_clock.pair(now=now) if producer.report_clock is not None else None
    return None if pair is None else (pair[0], (pair[1] + producer.timestamp_base) & 0xFFFF_FFFF)
