"""Where the frames of an encoder go as RTP: which of a room's tracks, and which of their layers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from media_server.egress.rtp.choice import MAX_SMALLER, Way, smaller, ways
from media_server.egress.rtp.egress import Routes
from media_server.egress.rtp.outlet import Layered, Outlet
from media_server.hub.frames import Track
from media_server.router.producer import Kind, Producer
from media_server.router.room import Room
from media_server.router.track import Track as RouterTrack
from media_server.sdp import Codec, Source

_KINDS: tuple[Kind, ...] = ("video", "audio")


class EncodedRoutes:
    """Makes a room's tracks agree with those of its hub."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._made: dict[str, RouterTrack] = {}
        self._pictures: dict[str, PictureRoutes] = {}

    @property
    def watched(self) -> Collection[str]:
        """The derived tracks that viewers are sent, or would be if they were made."""
        return [track_id for track_id, track in self._made.items() if track.is_wanted]

    @property
    def is_awaited(self) -> bool:
        """Whether anybody is sent any of it, or is to be."""
        room = self._room
        return any(track.is_wanted for track in room.tracks.values()) or any(
            track.is_wanted for _, track in room.alternatives.values()
        )

    def route(self, tracks: Sequence[Track]) -> tuple[Routes, bool]:
        """Which track goes where, and whether viewers can stay: those whose codec is gone have to come again."""
        room = self._room
        found = {kind: ways(tracks, kind) for kind in _KINDS}
        viewers_can_stay = room.set_sources(
            [_source(kind, each[0]) for kind, each in found.items() if each],
            [_source(kind, each[1]) for kind, each in found.items() if len(each) > 1],
        )
        chosen = [(each[0], room.tracks[kind]) for kind, each in found.items() if each]
        chosen += [(each[1], room.alternatives[kind][1]) for kind, each in found.items() if len(each) > 1]
        self._made = {way.track_id: track for way, track in chosen if way.made_of is not None}
        routes: dict[str, Outlet] = {}
        for way, track in chosen:
            if way.codec == "H264":
                routes |= self._pictures_of(way, track).route(way, smaller(tracks, way))
            else:
                routes[way.track_id] = track
        return routes, viewers_can_stay

    def _pictures_of(self, way: Way, track: RouterTrack) -> PictureRoutes:
        known = self._pictures.get(way.track_id)
        if known is None or known.track is not track:
            known = self._pictures[way.track_id] = PictureRoutes(track, max_gop_s=self._room.max_gop_s)
        return known


class PictureRoutes:
    """One picture in several sizes, each a layer of a track. A size that goes keeps its layer until it comes again."""

    def __init__(self, track: RouterTrack, *, max_gop_s: float) -> None:
        self.track = track
        self._layered = Layered(track)
        self._whole = self._layered.outlet(track.producer)
        self._smaller: dict[str, Outlet] = {}
        self._max_gop_s = max_gop_s

    def route(self, way: Way, pictures: Sequence[Track]) -> Routes:
        """Which picture goes where."""
        routes = {way.track_id: self._whole}
        present = {picture.track_id for picture in pictures}
        for picture in pictures:
            routes[picture.track_id] = self._outlet(picture.track_id, present)
        return routes

    def _outlet(self, track_id: str, present: Collection[str]) -> Outlet:
        known = self._smaller.get(track_id)
        if known is None:
            known = self._new_layer() if len(self._smaller) < MAX_SMALLER else self._free_layer(present)
            self._smaller[track_id] = known
        return known

    def _new_layer(self) -> Outlet:
        first = self.track.producer
        producer = Producer("video", first.codec, first.clock_rate, max_gop_s=self._max_gop_s)
        self.track.add_layer(producer)
        return self._layered.outlet(producer)

    def _free_layer(self, present: Collection[str]) -> Outlet:
        """That of a size that is not there; of MAX_SMALLER sizes that are, one is the new one."""
        gone = next(track_id for track_id in self._smaller if track_id not in present)
        return self._smaller.pop(gone)


def _source(kind: Kind, way: Way) -> Source:
    """What viewers' offers are matched against; the payload type is each viewer's own."""
    if kind == "audio":
        return Source("audio", Codec(way.codec, 0, 48_000, 2))
    return Source("video", Codec(way.codec, 0, 90_000, fmtp=way.parameters))
