"""A stream while it is live: its producers, everyone's consumers, and the forwarding between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from media_server.router.consumer import Consumer
from media_server.router.producer import MAX_GOP_S, Kind, Producer
from media_server.router.room_state import RoomState
from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.leg_list import LegGroups
from media_server.sdp import Source
from media_server.sdp.profiles import h264_profile


class FanOut(Protocol):
    """Hands packets to many legs at once; see transport/fanout."""

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        """Send `packets` to every leg, in order."""


class Track:
    """A producer and its consumers, sorted by whether they follow the present yet."""

    def __init__(self, producer: Producer) -> None:
        self.producer = producer
        self.on_wanted: Callable[[], None] = lambda: None
        """Called before somebody is sent it whom nobody was sent it beside: what was held back may come now."""
        self._consumers: set[Consumer] = set()
        self._live_legs = LegGroups()
        self._waiting: set[Consumer] = set()
        self._catching_up: set[Consumer] = set()
        self._replayed_end = 0

    @property
    def is_wanted(self) -> bool:
        """Whether anybody is, or is to be, sent it."""
        return bool(self._consumers)

    def add(self, consumer: Consumer, *, now: float) -> None:
        """Start `consumer` and file it where its state belongs."""
        if not self._consumers:
            self.on_wanted()
            # It is in the cache, from which `consumer` begins; nobody else is here.
            self.producer.take_pending()
        self._consumers.add(consumer)
        consumer.start(now=now)
        self._replayed_end = max(self._replayed_end, consumer.replayed_end)
        self._file(consumer)

    def remove(self, consumer: Consumer) -> None:
        """Forget `consumer`."""
        self._consumers.discard(consumer)
        self._waiting.discard(consumer)
        self._catching_up.discard(consumer)
        self._live_legs.discard(consumer.leg)

    def forward_pending(self, fan_out: FanOut) -> None:
        """Send what arrived since the last call; who waits for a key frame begins where one starts."""
        batch = self.producer.take_pending()
        if not batch:
            return
        if self._waiting:
            start = next((n for n, packet in enumerate(batch) if packet.starts_keyframe), None)
            if start is not None:
                self._forward(batch[:start], fan_out)
                self._begin_waiting_with(batch[start])
                batch = batch[start:]
        self._forward(batch, fan_out)

    def catch_up(self, fan_out: FanOut) -> None:
        """Send the next slice of the cached group to those who are behind."""
        for consumer in list(self._catching_up):
            fan_out.forward((consumer.leg,), consumer.catch_up())
            self._replayed_end = max(self._replayed_end, consumer.replayed_end)
            if not consumer.is_catching_up:
                self._catching_up.discard(consumer)
                self._file(consumer)

    def _forward(self, batch: list[MediaPacket], fan_out: FanOut) -> None:
        late = [packet for packet in batch if packet.index <= self._replayed_end]
        if late:
            # Rare: reordered or repaired packets of a group that somebody was replayed differ from viewer to viewer.
            batch = [packet for packet in batch if packet.index > self._replayed_end]
            for consumer in self._consumers:
                overtaken = consumer.overtaken(late)
                if overtaken:
                    fan_out.forward((consumer.leg,), overtaken)
        if batch:
            self._live_legs.forward(fan_out, batch)

    def _begin_waiting_with(self, packet: MediaPacket) -> None:
        for consumer in self._waiting:
            consumer.begin_with(packet)
            self._live_legs.add(consumer.leg)
        self._waiting.clear()

    def _file(self, consumer: Consumer) -> None:
        if consumer.is_active:
            self._live_legs.add(consumer.leg)
        elif consumer.is_catching_up:
            self._catching_up.add(consumer)
        else:
            self._waiting.add(consumer)


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

    def flush(self, fan_out: FanOut) -> None:
        """Forward everything received since the last flush."""
        if self.cue is not None:
            self.cue.forward_pending(fan_out)
        for track in self._tracks_of_viewers():
            track.forward_pending(fan_out)

    def catch_up(self, fan_out: FanOut) -> None:
        """One step for every late joiner."""
        for track in self._tracks_of_viewers():
            track.catch_up(fan_out)

    def _new_track(self, source: Source) -> Track:
        codec = source.codec
        return Track(Producer(source.kind, codec.name, codec.clock_rate, max_gop_s=self.max_gop_s))

    def _tracks_of_viewers(self) -> Iterator[Track]:
        yield from self.tracks.values()
        for _, track in self.alternatives.values():
            yield track


def _shapes(sources: Iterable[Source]) -> set[tuple[object, ...]]:
    return {_shape(source) for source in sources}


def _shape(source: Source) -> tuple[object, ...]:
    """What a viewer's decoder was negotiated for; an H.264 level may change, a profile may not."""
    codec = source.codec
    return source.kind, codec.name, codec.clock_rate, codec.channels, h264_profile(codec)
