"""A room that a mixer feeds: the programme is its sound, a DJ's camera, if there is one, its picture."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import structlog

from media_server.feed.offer import CLOCK_RATE, PAYLOAD_TYPE, Bus
from media_server.router.fed_track import FedTrack
from media_server.router.producer import Kind, Producer
from media_server.router.room_state import RoomPhase
from media_server.rtp.leg import MediaPacket
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import ReportBlock, SenderReport
from media_server.rtp.sender import PublisherClock
from media_server.sdp import Codec, Source
from media_server.sessions.feed import FeedHooks, FeedSession
from media_server.sessions.publisher import PublisherSession
from media_server.sessions.seat import Seat
from media_server.sessions.stage import Stage
from media_server.sessions.talk import Talk, renumbered, tell_source

OPUS: Final = Source("audio", Codec("opus", PAYLOAD_TYPE, CLOCK_RATE, 2))

_log = structlog.get_logger(__name__)


class MixIntake:
    """The room is live while packets of the programme come. Before the first of them only monitors may enter.

    A mixer that opens its feed anew, or another that takes over, goes on in the same producers.
    """

    def __init__(self, stage: Stage, *, grace_s: float) -> None:
        self.feed: Seat[FeedSession] = Seat()
        self.talk = Talk(stage, to_mixer=self._to_mixer, picture_changed=self._set_tracks)
        self._stage = stage
        self._grace_s = grace_s
        stage.room.set_source(OPUS)
        self._producers: dict[Bus, Producer] = {
            "programme": stage.room.tracks["audio"].producer,
            "cue": stage.room.open_cue(OPUS).producer,
        }
        self._tracks: dict[Bus, FedTrack] = {}
        self._unfed_since = stage.clock()

    @property
    def hooks(self) -> FeedHooks:
        """The hooks a new feed session of this room gets."""
        return FeedHooks(
            connected=self._connected,
            packet=self._packet,
            sender_report=self._sender_report,
            reports=self._reports,
            closed=self._closed,
        )

    @property
    def ingest(self) -> str:
        """See `Intake`."""
        return "mix"

    @property
    def watched(self) -> Collection[str]:
        """See `Intake`: what comes as RTP goes out as it is."""
        return ()

    @property
    def codecs(self) -> Mapping[Kind, str]:
        """See `Intake`."""
        return {
            source.kind: source.codec.name
            for source in self._stage.room.sources
            if source.kind == "audio" or self.talk.has_picture
        }

    @property
    def sessions(self) -> list[PublisherSession | FeedSession]:
        """See `Intake`."""
        return [*self.feed.sessions, *self.talk.seat.sessions]

    @property
    def is_connected(self) -> bool:
        """See `Intake`: of UDP silence is all that tells."""
        return False

    def is_abandoned(self, now: float) -> bool:
        """See `Intake`: a mixer may be on its way back."""
        return self.feed.is_empty and now - self._unfed_since > self._grace_s

    def poll(self, now: float) -> None:
        """See `Intake`."""
        self.talk.poll(now)

    def _connected(self, session: FeedSession) -> None:
        self.feed.take(session)
        ssrcs: dict[Bus, int] = {"programme": session.offer.programme_ssrc, "cue": session.offer.cue_ssrc}
        resumes = {bus: track.ssrc for bus, track in self._tracks.items()} == ssrcs
        if resumes:
            for track in self._tracks.values():
                track.resume()
        else:
            clock = PublisherClock(unix_at_zero=self._stage.clock.unix_at_zero)
            self._tracks = {
                bus: FedTrack(ssrc, self._producers[bus], clock=clock, is_set_back=bus == "programme")
                for bus, ssrc in ssrcs.items()
            }
        if self._stage.room.state.phase is not RoomPhase.WAITING:
            self._stage.room.state.generation = session.generation
        _log.info("feed connected", stream_id=self._stage.stream_id, generation=session.generation, resumes=resumes)
        self._stage.changed()

    def _packet(self, bus: Bus, packet: RtpPacket, now: float) -> None:
        media = self._tracks[bus].receive(packet, now=now)
        if media is None:
            return
        if bus == "programme":
            self._programme_heard(now)
            self._stage.rtp_source.receive("audio", renumbered(packet, media), now=now)
        self._stage.received()

    def _programme_heard(self, now: float) -> None:
        state = self._stage.room.state
        goes_on_air = state.phase is RoomPhase.WAITING
        state.publisher_heard(now=now)
        if goes_on_air:
            state.generation = self.feed.generation
            self._set_tracks()
            self._stage.note_phase()

    def _sender_report(self, report: SenderReport, now: float) -> None:
        for bus, track in self._tracks.items():
            if track.ssrc == report.ssrc:
                track.sender_report(report, now=now)
                if bus == "programme":
                    tell_source(self._stage, "audio", track.producer, now)

    def _reports(self, now: float) -> tuple[list[ReportBlock], tuple[int, int] | None]:
        blocks = [block for track in self._tracks.values() if (block := track.report_block(now=now)) is not None]
        return blocks, self.talk.microphone_clock(now)

    def _closed(self, session: FeedSession) -> None:
        if self.feed.leave(session):
            now = self._unfed_since = self._stage.clock()
            self._stage.room.state.publisher_lost(now=now)
            self._stage.note_phase()
        self._stage.forget(session)

    def _to_mixer(self, media: MediaPacket) -> None:
        if self.feed.current is not None:
            self.feed.current.send_talk(media)

    def _set_tracks(self) -> None:
        """Players get the programme from when it is on air, and the picture while there is one."""
        if self._stage.room.state.phase in (RoomPhase.WAITING, RoomPhase.ENDED):
            return
        codecs = self.codecs
        self._stage.rtp_source.set_tracks(
            video_codec=codecs.get("video"), audio_codec=codecs.get("audio"), now=self._stage.clock()
        )
        self._stage.changed()
