"""A stream while it is live: its producers, everyone's consumers, and the forwarding between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from media_server.router.producer import MAX_GOP_S, Kind, Producer
from media_server.router.room_state import RoomState
from media_server.router.track import Track
from media_server.rtp.leg_list import FanOut
from media_server.sdp import Source
from media_server.sdp.profiles import h264_profile


class Room:
    """Producers by kind; forwards what they received. Knows no sockets and no clock.

    `max_gop_s` is how old a group of pictures may be that who joins is sent, for tracks that are made from then on.
    """

    def __init__(self, stream_id: str, *, grace_s: float, now: float) -> None:
        self.stream_id = stream_id
        self.state = RoomState(grace_s=grace_s, now=now)
        self.max_gop_s = MAX_GOP_S
        self.tracks: dict[Kind, Track] = {}
        self.alternatives: dict[Kind, tuple[Source, Track]] = {}
        self.cue: Track | None = None
        self.sources: tuple[Source, ...] = ()

    def set_sources(self, sources: Sequence[Source], alternatives: Sequence[Source] = ()) -> bool:
        """A new publisher's tracks feed the room from now on; who cannot take one is sent the alternative of its kind.

        True when viewers can stay: every codec is what it was, so their streams go on without a seam. Otherwise the
        tracks are new and those who watch must negotiate again.
        """
        known = [source for source, _ in self.alternatives.values()]
        unchanged = _shapes(sources) == _shapes(self.sources) and _shapes(alternatives) == _shapes(known)
        self.sources = tuple(sources)
        if not unchanged:
            self.tracks = {source.kind: self._new_track(source) for source in sources}
            self.alternatives = {source.kind: (source, self._new_track(source)) for source in alternatives}
        return unchanged

    def set_source(self, source: Source) -> bool:
        """`source` alone is new, the other kind goes on. True when viewers can stay, as for `set_sources`."""
        before = next((known for known in self.sources if known.kind == source.kind), None)
        self.sources = (*(known for known in self.sources if known.kind != source.kind), source)
        if before is not None and _shape(before) == _shape(source):
            return True
        self.tracks[source.kind] = self._new_track(source)
        return False

    def open_cue(self, source: Source) -> Track:
        """The track that only monitors are sent."""
        self.cue = self._new_track(source)
        return self.cue

    def flush(self, fan_out: FanOut, *, whole_frames: bool = False) -> bool:
        """Forward everything received since the last flush; with `whole_frames`, but for a frame that has only begun.

        Whether nothing is left.
        """
        is_done = True
        if self.cue is not None:
            self.cue.forward_pending(fan_out)
        for track in self._tracks_of_viewers():
            is_done &= track.forward_pending(fan_out, whole_frames=whole_frames)
        return is_done

    def catch_up(self, fan_out: FanOut, *, now: float) -> None:
        """One step for every late joiner, and a look at the layers that sources send."""
        for track in self._tracks_of_viewers():
            track.catch_up(fan_out, now=now)

    def _new_track(self, source: Source) -> Track:
        codec = source.codec
        made = (
            Producer(source.kind, codec.name, codec.clock_rate, max_gop_s=self.max_gop_s) for _ in range(source.layers)
        )
        return Track(*made)

    def _tracks_of_viewers(self) -> Iterator[Track]:
        yield from self.tracks.values()
        for _, track in self.alternatives.values():
            yield track


def _shapes(sources: Iterable[Source]) -> set[tuple[object, ...]]:
    return {_shape(source) for source in sources}


def _shape(source: Source) -> tuple[object, ...]:
    """What a viewer's decoder was negotiated for; an H.264 level may change, a profile may not."""
    codec = source.codec
    return source.kind, codec.name, codec.clock_rate, codec.channels, h264_profile(codec), source.layers
