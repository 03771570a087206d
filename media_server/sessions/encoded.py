"""A room that an encoder feeds: its frames go into the hub, and from there to viewers as RTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import structlog

from media_server.egress.rtp.egress import Routes, RtpEgress
from media_server.hub.frames import Track
from media_server.router.producer import MAX_GOP_UNASKED_S, Kind
from media_server.sessions.encoded_routes import EncodedRoutes
from media_server.sessions.encoder import EncoderHooks, EncoderSession, Protocol
from media_server.sessions.seat import Seat
from media_server.sessions.stage import Stage

_NAMES: Mapping[str, str] = {"h264": "H264", "hevc": "H265", "av1": "AV1", "vp8": "VP8", "vp9": "VP9", "opus": "opus"}
"""As the control plane knows them from WebRTC; what is not in it keeps its name."""

_log = structlog.get_logger(__name__)


class EncoderIntake:
    """The room is live while its encoder is heard; one that comes again goes on, for the same viewers."""

    def __init__(self, stage: Stage, *, protocol: Protocol) -> None:
        self.seat: Seat[EncoderSession] = Seat()
        self.protocol = protocol
        self._stage = stage
        self._routes = EncodedRoutes(stage.room)
        stage.room.max_gop_s = MAX_GOP_UNASKED_S
        self._rtp = RtpEgress(unix_at_zero=stage.clock.unix_at_zero, route=self._route, sent=stage.forward)
        stage.hub.listen(self._rtp, now=stage.clock())

    @property
    def hooks(self) -> EncoderHooks:
        """The hooks a new encoder session of this room gets."""
        hub = self._stage.hub
        return EncoderHooks(
            begun=self._begun,
            put=lambda track, now: hub.put(track, now=now),
            frame=hub.push,
            heard=self._heard,
            is_awaited=lambda: self._routes.is_awaited,
            closed=self._closed,
        )

    @property
    def ingest(self) -> str:
        """See `Intake`."""
        return self.protocol

    @property
    def watched(self) -> Collection[str]:
        """See `Intake`."""
        return self._routes.watched

    @property
    def codecs(self) -> Mapping[Kind, str]:
        """See `Intake`: what the encoder sends, whatever viewers are sent of it."""
        sources = (track for track in self._stage.hub.tracks if track.origin == "source")
        names: dict[Kind, str] = {}
        for track in sources:
            names.setdefault(track.kind, _NAMES.get(track.format.codec, track.format.codec))
        return names

    @property
    def sessions(self) -> list[EncoderSession]:
        """See `Intake`."""
        return [*self.seat.sessions]

    @property
    def is_connected(self) -> bool:
        """See `Intake`: an encoder may stall for a minute, and its connection says when it is gone."""
        return self.seat.current is not None

    def is_abandoned(self, now: float) -> bool:
        """See `Intake`."""
        return self.seat.is_empty

    def poll(self, now: float) -> None:
        """See `Intake`: an encoder is asked for nothing; RTMP has no way to."""

    def _begun(self, session: EncoderSession, tracks: Sequence[Track], now: float) -> None:
        stage = self._stage
        if session is not self.seat.current:
            self.seat.take(session)
            self.protocol = session.protocol
        stage.room.state.generation = session.generation
        stage.hub.begin(tracks, now=now)
        stage.room.state.publisher_heard(now=now)
        stage.note_phase()
        _log.info(
            "encoder began",
            stream_id=stage.stream_id,
            generation=session.generation,
            protocol=session.protocol,
            tracks={track.track_id: track.format.codec for track in tracks},
        )
        stage.changed()

    def _heard(self, now: float) -> None:
        self._stage.room.state.publisher_heard(now=now)
        self._stage.note_phase()

    def _closed(self, session: EncoderSession) -> None:
        if self.seat.leave(session):
            self._stage.room.state.publisher_lost(now=self._stage.clock())
            self._stage.note_phase()
        self._stage.forget(session)

    def _route(self, tracks: Sequence[Track], now: float) -> Routes:
        """See `RtpEgress`."""
        routes, viewers_can_stay = self._routes.route(tracks)
        if not viewers_can_stay:
            self._stage.renegotiate()
        return routes
