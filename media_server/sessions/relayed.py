"""A room of which another worker has the publisher: this one pulls it once, for its own viewers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

import structlog

from media_server.feed.endpoint import FeedEndpoint
from media_server.relay.answer import PullAnswer, PulledTrack
from media_server.relay.offer import PullOffer
from media_server.router.producer import Kind, Producer
from media_server.router.room_state import RoomPhase
from media_server.rtp.leg import MediaPacket
from media_server.rtp.packet import RtpPacket
from media_server.sdp import Source
from media_server.sessions.pull import Pull, PullHooks
from media_server.sessions.relayed_frames import RelayedFrames
from media_server.sessions.stage import Stage

UNWATCHED_S: Final = 10.0
"""After which nobody is pulled for any more. A viewer may be on the way back."""

_log = structlog.get_logger(__name__)


class RelayIntake:
    """Pulls come one after the other, into the same producers: viewers stay while the codecs are what they were.

    The room never ends by itself: whether the stream is over is for its origin and the control plane to know.
    """

    def __init__(self, stage: Stage, *, endpoint: FeedEndpoint, cname: str) -> None:
        self._stage = stage
        self._endpoint = endpoint
        self._cname = cname
        self._pull: Pull | None = None
        self._on_lost: Callable[[], None] = lambda: None
        self._watched_at = stage.clock()
        self.frames = RelayedFrames(stage)

    @property
    def ingest(self) -> str:
        """See `Intake`."""
        return "relay"

    @property
    def watched(self) -> Collection[str]:
        """See `Intake`: nothing is made here."""
        return ()

    @property
    def codecs(self) -> Mapping[Kind, str]:
        """See `Intake`."""
        return {source.kind: source.codec.name for source in self._stage.room.sources}

    @property
    def sessions(self) -> list[Pull]:
        """See `Intake`."""
        return [self._pull] if self._pull is not None else []

    @property
    def is_connected(self) -> bool:
        """See `Intake`: the grace of a publisher is counted where it is missed."""
        return True

    def is_abandoned(self, now: float) -> bool:
        """See `Intake`: whether nobody has watched for a while."""
        return now - self._watched_at > UNWATCHED_S

    def has_room_for(self, answer: PullAnswer) -> bool:
        """Whether the SSRCs that the origin chose are nobody else's here."""
        ssrcs = (ssrc for track in answer.tracks for ssrc in track.layers)
        return all(self._endpoint.owner(ssrc) in (None, self._pull) for ssrc in ssrcs)

    def begin(self, session_id: str, offer: PullOffer, answer: PullAnswer, *, on_lost: Callable[[], None]) -> None:
        """Go on with this pull. `on_lost` is called once, when it is over, whoever ended it."""
        stage = self._stage
        if self._pull is not None:
            self._pull.close("another pull is here")
        pull = self._pull = Pull(
            session_id,
            offer=offer,
            answer=answer,
            endpoint=self._endpoint,
            cname=self._cname,
            clock=stage.clock,
            hooks=PullHooks(
                heard=self._heard,
                received=self._received,
                sender_report=self.frames.sender_report,
                closed=self._closed,
            ),
        )
        self._on_lost = on_lost
        stage.room.max_gop_s = answer.max_gop_s
        viewers_can_stay = stage.room.set_sources(
            [_source(track) for track in answer.tracks if not track.is_alternative],
            [_source(track) for track in answer.tracks if track.is_alternative],
        )
        tracks = [
            stage.room.alternatives[track.kind][1] if track.is_alternative else stage.room.tracks[track.kind]
            for track in answer.tracks
        ]
        state, now = stage.room.state, stage.clock()
        state.generation = answer.generation
        pull.feed([track.producers for track in tracks], unix_at_zero=stage.clock.unix_at_zero)
        self.frames.begin()
        _log.info("pulled", stream_id=stage.stream_id, generation=answer.generation, codecs=self.codecs)
        if answer.is_live:
            state.publisher_heard(now=now)
        elif state.phase is RoomPhase.WAITING:
            state.publisher_heard(now=now)
            state.publisher_lost(now=now)
        stage.note_phase()
        if not viewers_can_stay:
            stage.renegotiate()
        stage.changed()

    def poll(self, now: float) -> None:
        """See `Intake`."""
        if self._stage.is_watched or self.frames.are_wanted:
            self._watched_at = now
        if self._pull is not None:
            if self._pull.is_dead(now):
                self._pull.close("the origin is silent")
            else:
                self._pull.poll(now)

    def _received(self, producer: Producer, packet: RtpPacket, media: MediaPacket, now: float) -> None:
        self.frames.packet(producer, packet, media, now)
        self._stage.received()

    def _heard(self, now: float) -> None:
        self._stage.room.state.publisher_heard(now=now)
        self._stage.note_phase()

    def _closed(self, pull: Pull) -> None:
        if pull is self._pull:
            self._pull = None
            self._on_lost()
        self._stage.forget(pull)


def _source(track: PulledTrack) -> Source:
    return Source(track.kind, track.codec, len(track.layers))
