"""Answers who wants in: publishers, viewers, and the DJs, microphones and mixers of a mix."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from media_server.feed.offer import FeedOffer
from media_server.router.producer import Kind
from media_server.router.room_state import RoomPhase
from media_server.router.track import Track
from media_server.rtp.leg import Address
from media_server.sdp import LocalTransport, Source, answer_publisher, answer_viewer, parse_offer
from media_server.sdp.publisher import MAX_LAYERS
from media_server.sdp.shapes import Answer, DataPort, Offer, ReceivedTrack, SentTrack
from media_server.sessions.attaching import AnsweredSession, Attaching
from media_server.sessions.feed import FeedSession
from media_server.sessions.fitting import fitting
from media_server.sessions.live_room import LiveRoom, Session
from media_server.sessions.mixed import OPUS, MixIntake
from media_server.sessions.published import PublisherIntake
from media_server.sessions.publisher import PublisherHooks, PublisherSession
from media_server.sessions.refusal import (
    Refused,
    check_generation,
    check_newer_than_pulled,
    check_not_dropped,
    check_open,
    check_takes_sessions,
)
from media_server.sessions.rooms import Rooms
from media_server.sessions.viewer import ViewerSession
from media_server.sessions.worker_media import RoomLimits, WorkerMedia
from media_server.tokens import MediaGrant
from media_server.transport.ice import IceCredentials
from media_server.transport.sctp import MAX_MESSAGE_BYTES
from media_server.transport.sctp import PORT as SCTP_PORT


@dataclass(frozen=True, slots=True)
class AnsweredFeed:
    """A new feed and the address its mixer sends to."""

    session: FeedSession
    address: Address


class Entrance:
    """Each door is one method, and takes a grant that was verified for it."""

    def __init__(self, rooms: Rooms, media: WorkerMedia, limits: RoomLimits) -> None:
        self._rooms = rooms
        self._media = media
        self._limits = limits
        self._attaching = Attaching(rooms, media)

    def publish(self, grant: MediaGrant, offer_sdp: str) -> AnsweredSession:
        """Answer a publisher's offer. Raises Refused, SdpError."""
        self._check_takes_sessions()
        check_newer_than_pulled(self._rooms.find_room(grant.stream_id), grant)
        room = self._rooms.find_origin(grant.stream_id)
        if room is not None:
            check_open(room)
            if not isinstance(room.intake, PublisherIntake):
                raise Refused("ALREADY_PUBLISHING", "a mixer feeds this stream")
            check_generation(room.intake.seat, grant)
        offer, answer, credentials = self._answer_publisher(offer_sdp)
        intake = room.intake if room is not None else None
        if room is None or not isinstance(intake, PublisherIntake):
            room, intake = self._rooms.open_published(grant.stream_id)
        session = self._publisher("publish", grant, room, answer, intake.hooks)
        intake.seat.expect(session)
        return self._attaching.attach(session, offer, answer.dtls_role, answer.sdp, credentials)

    def talk(self, grant: MediaGrant, offer_sdp: str) -> AnsweredSession:
        """Answer the offer of a DJ's microphone, camera or both. Raises Refused, SdpError."""
        self._check_takes_sessions()
        room, intake = self._find_mix(grant)
        if intake is not None:
            check_generation(intake.talk.seat, grant)
        offer, answer, credentials = self._answer_publisher(offer_sdp, max_layers=1)
        if room is None or intake is None:
            room, intake = self._rooms.open_mixed(grant.stream_id)
        session = self._publisher("talk", grant, room, answer, intake.talk.hooks)
        intake.talk.seat.expect(session)
        return self._attaching.attach(session, offer, answer.dtls_role, answer.sdp, credentials)

    def watch(self, grant: MediaGrant, offer_sdp: str) -> AnsweredSession:
        """Answer a viewer's offer. Raises Refused, SdpError."""
        self._check_takes_sessions()
        room = self._rooms.find_room(grant.stream_id)
        if room is None or room.room.state.phase is RoomPhase.WAITING or not room.room.sources:
            raise Refused("STREAM_NOT_LIVE", "nobody is publishing this stream yet")
        check_open(room)
        check_not_dropped(room, grant)
        offer = parse_offer(offer_sdp)
        sources, tracks = fitting(room.room, offer)
        return self._send_to("watch", grant, room, offer, sources, tracks)

    def monitor(self, grant: MediaGrant, offer_sdp: str) -> AnsweredSession:
        """Answer the offer of a DJ who hears the cue bus, on air or off. Raises Refused, SdpError."""
        self._check_takes_sessions()
        room, intake = self._find_mix(grant)
        if room is None or intake is None or room.room.cue is None:
            raise Refused("STREAM_NOT_LIVE", "no mixer feeds this stream yet")
        data = DataPort(SCTP_PORT, MAX_MESSAGE_BYTES)
        offer = parse_offer(offer_sdp)
        return self._send_to("monitor", grant, room, offer, (OPUS,), {"audio": room.room.cue}, data)

    def feed(self, grant: MediaGrant, offer: FeedOffer) -> AnsweredFeed:
        """Take a mixer's feed, in place of one of the same or an older generation. Raises Refused."""
        self._check_takes_sessions()
        check_newer_than_pulled(self._rooms.find_room(grant.stream_id), grant)
        room, intake = self._find_mix(grant)
        if intake is not None and intake.feed.is_superseded(grant.generation):
            raise Refused("SUPERSEDED", "a newer feed of this stream is here")
        known = set(intake.feed.sessions) if intake is not None else set()
        for ssrc in (offer.programme_ssrc, offer.cue_ssrc):
            owner = self._media.feeds.owner(ssrc)
            if owner is not None and owner not in known:
                raise Refused("SSRC_TAKEN", "another feed has one of these SSRCs; choose others")
        if room is None or intake is None:
            room, intake = self._rooms.open_mixed(grant.stream_id)
        session = FeedSession(
            secrets.token_urlsafe(18),
            mixer_id=grant.subject,
            token_id=grant.token_id,
            generation=grant.generation,
            offer=offer,
            endpoint=self._media.feeds,
            cname=room.cname,
            clock=self._media.clock,
            hooks=intake.hooks,
        )
        intake.feed.expect(session)
        self._rooms.add(session)
        return AnsweredFeed(session, self._media.feeds.address)

    def local_transport(self, session: Session) -> LocalTransport:
        """Our side of a session's transport, as an ICE restart answers it."""
        assert session.transport is not None
        return self._attaching.local(session.transport.ice.credentials)

    def _find_mix(self, grant: MediaGrant) -> tuple[LiveRoom | None, MixIntake | None]:
        """The room of a mix that `grant` is for, if it is there. Raises Refused."""
        room = self._rooms.find_origin(grant.stream_id)
        if room is None:
            return None, None
        check_open(room)
        check_not_dropped(room, grant)
        if not isinstance(room.intake, MixIntake):
            raise Refused("ALREADY_PUBLISHING", "this stream is published without a mixer")
        return room, room.intake

    def _answer_publisher(
        self, offer_sdp: str, *, max_layers: int = MAX_LAYERS
    ) -> tuple[Offer, Answer[ReceivedTrack], IceCredentials]:
        offer = parse_offer(offer_sdp)
        credentials = IceCredentials.generate()
        answer = answer_publisher(
            offer,
            self._attaching.local(credentials),
            opus_bitrate_bps=self._limits.opus_bitrate_bps,
            video_bitrate_bps=self._limits.video_bitrate_bps,
            max_layers=max_layers,
        )
        return offer, answer, credentials

    def _publisher(
        self,
        action: Literal["publish", "talk"],
        grant: MediaGrant,
        room: LiveRoom,
        answer: Answer[ReceivedTrack],
        hooks: PublisherHooks,
    ) -> PublisherSession:
        return PublisherSession(
            secrets.token_urlsafe(18),
            action=action,
            user_id=grant.subject,
            token_id=grant.token_id,
            generation=grant.generation,
            tracks=answer.tracks,
            cname=room.cname,
            clock=self._media.clock,
            hooks=hooks,
        )

    def _send_to(
        self,
        action: Literal["watch", "monitor"],
        grant: MediaGrant,
        room: LiveRoom,
        offer: Offer,
        sources: tuple[Source, ...],
        tracks: Mapping[Kind, Track],
        data: DataPort | None = None,
    ) -> AnsweredSession:
        credentials = IceCredentials.generate()
        ssrcs: dict[Kind, tuple[int, int]] = {kind: (secrets.randbits(32), secrets.randbits(32)) for kind in tracks}
        answer: Answer[SentTrack] = answer_viewer(
            offer,
            self._attaching.local(credentials),
            sources,
            stream_id=grant.stream_id,
            cname=room.cname,
            ssrcs=ssrcs,
            data=data,
            with_transport_cc="video" in tracks and len(tracks["video"].offered(self._media.clock())) > 1,
        )
        session = ViewerSession(
            secrets.token_urlsafe(18),
            action=action,
            viewer_id=grant.subject,
            token_id=grant.token_id,
            tracks_of_room=tracks,
            tracks=answer.tracks,
            cname=room.cname,
            fan_out=self._media.fan_out,
            make_reader=self._media.make_reader,
            clock=self._media.clock,
            hooks=room.viewer_hooks,
        )
        room.audience.add(session)
        answered = self._attaching.attach(session, offer, answer.dtls_role, answer.sdp, credentials)
        if answer.data is not None:
            self._attaching.open_line(session, answer.data, grant)
        return answered

    def _check_takes_sessions(self) -> None:
        check_takes_sessions(is_draining=self._rooms.is_draining, is_full=self._rooms.is_full)
