"""A room that a publisher feeds: a browser or an encoder that sends picture and sound by WHIP."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import structlog

from media_server.router.producer import Kind
from media_server.router.ranking import ranked
from media_server.rtp.leg import MediaPacket
from media_server.rtp.ntp import ntp_to_unix
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import SenderReport
from media_server.sessions.feed import FeedSession
from media_server.sessions.publisher import PublisherHooks, PublisherSession
from media_server.sessions.seat import Seat
from media_server.sessions.stage import Stage

_log = structlog.get_logger(__name__)


class PublisherIntake:
    """The room is live while its publisher is heard; a newer generation takes over."""

    def __init__(self, stage: Stage) -> None:
        self.seat: Seat[PublisherSession] = Seat()
        self._top: int | None = None
        self._stage = stage

    @property
    def hooks(self) -> PublisherHooks:
        """The hooks a new publisher session of this room gets."""
        return PublisherHooks(
            connected=self._connected,
            heard=self._heard,
            received=self._received,
            media=self._media,
            sender_report=self._sender_report,
            closed=self._closed,
            layer=self._layer,
            layer_report=self._layer_report,
        )

    @property
    def ingest(self) -> str:
        """See `Intake`."""
        return "whip"

    @property
    def watched(self) -> Collection[str]:
        """See `Intake`: what comes as RTP goes out as it is."""
        return ()

    @property
    def codecs(self) -> Mapping[Kind, str]:
        """See `Intake`."""
        return {source.kind: source.codec.name for source in self._stage.room.sources}

    @property
    def sessions(self) -> list[PublisherSession | FeedSession]:
        """See `Intake`."""
        return [*self.seat.sessions]

    @property
    def is_connected(self) -> bool:
        """See `Intake`: of UDP silence is all that tells."""
        return False

    def is_abandoned(self, now: float) -> bool:
        """See `Intake`."""
        return self.seat.is_empty

    def poll(self, now: float) -> None:
        """See `Intake`."""
        if self.seat.current is not None:
            self.seat.current.poll(now)

    def _connected(self, session: PublisherSession) -> None:
        stage = self._stage
        now = stage.clock()
        self.seat.take(session)
        self._top = None
        stage.room.state.generation = session.generation
        viewers_can_stay = stage.room.set_sources(session.sources)
        producers = {kind: track.producers for kind, track in stage.room.tracks.items()}
        session.feed(producers, unix_at_zero=stage.clock.unix_at_zero)
        stage.room.state.publisher_heard(now=now)
        codecs = self.codecs
        stage.rtp_source.set_tracks(video_codec=codecs.get("video"), audio_codec=codecs.get("audio"), now=now)
        stage.note_phase()
        if not viewers_can_stay:
            stage.renegotiate()
        stage.request_keyframe()
        _log.info("publisher connected", stream_id=stage.stream_id, generation=session.generation, codecs=codecs)
        stage.changed()

    def _heard(self, now: float) -> None:
        self._stage.room.state.publisher_heard(now=now)

    def _media(self, kind: Kind, packet: RtpPacket, media: MediaPacket, now: float) -> None:
        self._stage.rtp_source.receive(kind, packet, now=now)

    def _layer(self, place: int, packet: RtpPacket, media: MediaPacket, now: float) -> None:
        if media.starts_keyframe:
            top = ranked(self._stage.room.tracks["video"].producers)[-1]
            if top != self._top:
                # Only now is it known, by the sizes of their pictures, which of the layers is the picture itself.
                self._top = top
                self._stage.rtp_source.drop_layer(top, now=now)
        if self._top is not None and place != self._top:
            self._stage.rtp_source.receive_layer(place, packet, now=now)

    def _layer_report(self, place: int, report: SenderReport) -> None:
        self._stage.rtp_source.layer_report(
            place, ntp_s=ntp_to_unix(report.ntp_timestamp), rtp_timestamp=report.rtp_timestamp
        )

    def _received(self, kind: Kind, now: float) -> None:
        self._stage.received()

    def _sender_report(self, kind: Kind, report: SenderReport, now: float) -> None:
        self._stage.rtp_source.sender_report(
            kind, ntp_s=ntp_to_unix(report.ntp_timestamp), rtp_timestamp=report.rtp_timestamp
        )

    def _closed(self, session: PublisherSession) -> None:
        if self.seat.leave(session):
            self._stage.room.state.publisher_lost(now=self._stage.clock())
            self._stage.note_phase()
        self._stage.forget(session)
