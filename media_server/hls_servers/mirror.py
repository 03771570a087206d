"""One stream's LL-HLS as messages: what has changed since it was last told, and all of it for who comes later."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from media_server.egress.hls.egress import HlsEgress
from media_server.egress.hls.events import Part
from media_server.egress.hls.listing import Segment
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.hls_servers.blocks import SharedBlocks
from media_server.hls_servers.wire import (
    Initialization,
    Message,
    PartAdded,
    Place,
    PlaylistClosed,
    PlaylistOpened,
    PlaylistState,
    SegmentClosed,
    SegmentOpened,
    StreamClosed,
    StreamLists,
    StreamOpened,
)


@dataclass(slots=True)
class _Told:
    """How much of a playlist is known to who was told."""

    initializations: set[int] = field(default_factory=set)
    last_complete: int = -1
    growing: Segment[Part] | None = None
    parts: int = 0
    state: PlaylistState | None = None


@dataclass(slots=True)
class _Shared:
    """A playlist, and where its parts are: by segment number."""

    serial: int
    playlist: MediaPlaylist
    told: _Told = field(default_factory=_Told)
    places: dict[int, list[Place]] = field(default_factory=dict)


class StreamMirror:
    """`serials` numbers the playlists of all streams. Parts go to `blocks` when they are first told of."""

    def __init__(self, stream_id: str, egress: HlsEgress, blocks: SharedBlocks, serials: Iterator[int]) -> None:
        self.stream_id = stream_id
        self._egress = egress
        self._blocks = blocks
        self._serials = serials
        self._shared: dict[MediaPlaylist, _Shared] = {}
        self._lists: StreamLists | None = None

    def opened(self) -> StreamOpened:
        """What comes first."""
        return StreamOpened(self.stream_id, self._egress.names.key.hex(), asdict(self._egress.settings))

    def changes(self) -> list[Message]:
        """What was not told yet. Raises OSError when there is no memory to share."""
        current, previous = self._egress.groups
        listed = [*current, *previous]
        gone = [playlist for playlist in self._shared if playlist not in listed]
        messages: list[Message] = [PlaylistClosed(self._forget(playlist).serial) for playlist in gone]
        are_lists_stale = bool(messages)
        for playlist in listed:
            shared = self._shared.get(playlist)
            if shared is None:
                shared = self._shared[playlist] = _Shared(next(self._serials), playlist)
                messages.append(PlaylistOpened(self.stream_id, shared.serial, playlist.name))
                are_lists_stale = True
            for message in self._tell(shared, shared.told):
                messages.append(message)
                # Parts alone change nothing in the multivariant playlist.
                are_lists_stale = are_lists_stale or not isinstance(message, PartAdded)
        if are_lists_stale or self._lists is None:
            lists = self._listed(current, previous)
            if lists != self._lists:
                self._lists = lists
                messages.append(lists)
        return messages

    def everything(self) -> list[Message]:
        """All that was told by now, for who has heard nothing."""
        messages: list[Message] = [self.opened()]
        for shared in self._shared.values():
            messages.append(PlaylistOpened(self.stream_id, shared.serial, shared.playlist.name))
            messages += self._tell(shared, _Told())
        if self._lists is not None:
            messages.append(self._lists)
        return messages

    def close(self) -> StreamClosed:
        """The stream is forgotten."""
        for playlist in list(self._shared):
            self._forget(playlist)
        return StreamClosed(self.stream_id)

    def _listed(self, current: list[MediaPlaylist], previous: list[MediaPlaylist]) -> StreamLists:
        return StreamLists(
            self.stream_id,
            [self._shared[playlist].serial for playlist in current],
            [self._shared[playlist].serial for playlist in previous],
            self._egress.multivariant_playlist(),
        )

    def _tell(self, shared: _Shared, told: _Told) -> Iterator[Message]:
        playlist, serial = shared.playlist, shared.serial
        if playlist.initializations.keys() != told.initializations:
            for number, data in playlist.initializations.items():
                if number not in told.initializations:
                    yield Initialization(serial, number, b64encode(data).decode())
            told.initializations = set(playlist.initializations)
        if playlist.complete and playlist.complete[-1].number > told.last_complete:
            for segment in [each for each in playlist.complete if each.number > told.last_complete]:
                yield from self._tell_segment(shared, segment, told)
                yield SegmentClosed(serial)
                told.last_complete, told.growing = segment.number, None
        if playlist.open_segment is not None:
            yield from self._tell_segment(shared, playlist.open_segment, told)
        state = _state(shared)
        if state != told.state:
            told.state = state
            yield state
            for number in [number for number in shared.places if number < state.first_kept]:
                self._release(shared, number)

    def _tell_segment(self, shared: _Shared, segment: Segment[Part], told: _Told) -> Iterator[Message]:
        if segment is not told.growing:
            told.growing, told.parts = segment, 0
            yield SegmentOpened(
                shared.serial,
                segment.number,
                segment.discontinuity_sequence,
                segment.initialization,
                segment.program_date_time,
                segment.is_independent,
            )
        places = shared.places.setdefault(segment.number, [])
        for index in range(told.parts, len(segment.parts)):
            part = segment.parts[index]
            if index == len(places):
                places.append(self._blocks.put(part.data))
            yield PartAdded(shared.serial, part.duration_s, part.is_independent, *places[index])
        told.parts = len(segment.parts)

    def _forget(self, playlist: MediaPlaylist) -> _Shared:
        shared = self._shared.pop(playlist)
        for number in list(shared.places):
            self._release(shared, number)
        return shared

    def _release(self, shared: _Shared, number: int) -> None:
        for place in shared.places.pop(number):
            self._blocks.release(place)


def _state(shared: _Shared) -> PlaylistState:
    playlist = shared.playlist
    growing = playlist.open_segment
    if playlist.complete:
        first_kept = playlist.complete[0].number
    else:
        first_kept = growing.number if growing is not None else playlist.next_number
    return PlaylistState(
        shared.serial,
        playlist.target_duration_s,
        playlist.next_number,
        first_kept,
        playlist.first_listed,
        growing is not None,
        playlist.ended,
        playlist.is_withdrawn,
    )
