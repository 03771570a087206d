"""Lets other workers pull the streams whose publishers are here."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from media_server.relay.answer import PullAnswer, PulledTrack
from media_server.relay.offer import PullOffer
from media_server.router.room_state import RoomPhase
from media_server.router.track import Track
from media_server.sdp import Source
from media_server.sessions.live_room import LiveRoom
from media_server.sessions.refusal import Refused, check_open
from media_server.sessions.relaying import RelayedTrack, RelaySession
from media_server.sessions.rooms import Rooms
from media_server.sessions.worker_media import WorkerMedia
from media_server.tokens import MediaGrant
from media_server.transport.sockets import IpVersion

_FIRST_PAYLOAD_TYPE = 96


@dataclass(frozen=True, slots=True)
class AnsweredPull:
    """A new session and what its edge is answered."""

    session: RelaySession
    answer: PullAnswer


class RelayDoor:
    """The edges' entrance."""

    def __init__(self, rooms: Rooms, media: WorkerMedia, *, sends_to: Collection[IpVersion]) -> None:
        """`sends_to`: the families of IP that this worker's media socket can send to."""
        self._rooms = rooms
        self._media = media
        self._sends_to = sends_to

    def admit(self, grant: MediaGrant, offer: PullOffer) -> AnsweredPull:
        """Take a pull of the granted stream. Raises Refused.

        A worker that is full or drains still sends to others: that is how its viewers get away from it.
        """
        room = self._rooms.find_origin(grant.stream_id)
        if room is None or room.room.state.phase is RoomPhase.WAITING or not room.room.state.generation:
            raise Refused("STREAM_NOT_LIVE", "this worker has no publisher of the stream")
        check_open(room)
        tracks = self._tracks(room, offer)
        if not any(not each.told.is_alternative for each in tracks):
            raise Refused("STREAM_NOT_LIVE", "the stream has nothing of what was asked for yet")
        address = self._media.feeds.address_among([each for each in offer.ip_versions if each in self._sends_to])
        if address is None:
            raise Refused("NO_COMMON_ADDRESS", "the two workers have no addresses of the same family of IP")
        if self._media.feeds.owner(offer.ssrc) is not None:
            raise Refused("SSRC_TAKEN", "another session has this SSRC; choose another")
        session = RelaySession(
            secrets.token_urlsafe(18),
            edge_id=grant.subject,
            token_id=grant.token_id,
            offer=offer,
            tracks=tracks,
            endpoint=self._media.feeds,
            fan_out=self._media.fan_out,
            cname=room.cname,
            clock=self._media.clock,
            hooks=room.relay_hooks,
        )
        room.audience.relays[session.session_id] = session
        self._rooms.add(session)
        state = room.room.state
        answer = PullAnswer(
            address,
            state.generation,
            state.phase is RoomPhase.LIVE,
            room.room.max_gop_s,
            tuple(each.told for each in tracks),
        )
        return AnsweredPull(session, answer)

    def _tracks(self, room: LiveRoom, offer: PullOffer) -> list[RelayedTrack]:
        found = [
            RelayedTrack(
                track,
                PulledTrack(
                    source.kind,
                    replace(source.codec, payload_type=_FIRST_PAYLOAD_TYPE + number, feedback=()),
                    self._ssrcs(len(track.layers)),
                    is_alternative,
                ),
            )
            for number, (source, track, is_alternative) in enumerate(_all(room))
        ]
        return [each for each in found if each.told.kind in offer.kinds]

    def _ssrcs(self, count: int) -> tuple[int, ...]:
        return tuple(1 + secrets.randbelow(0xFFFF_FFFF) for _ in range(count))


def _all(room: LiveRoom) -> Iterator[tuple[Source, Track, bool]]:
    for source in room.room.sources:
        yield source, room.room.tracks[source.kind], False
    for source, track in room.room.alternatives.values():
        yield source, track, True
