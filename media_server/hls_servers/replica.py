"""What a worker has of LL-HLS, as a process that serves it knows it: built from messages, asked like the original."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import Final

from media_server.egress.hls.listing import Listing, Segment
from media_server.egress.hls.names import MediaNames
from media_server.egress.hls.rendering import media_playlist
from media_server.egress.hls.settings import HlsSettings
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
    ViewerDropped,
)

MAX_DROPPED: Final = 10_000


@dataclass(frozen=True, slots=True)
class SharedPart:
    """A part whose bytes are in shared memory."""

    duration_s: float
    is_independent: bool
    place: Place

    @property
    def size(self) -> int:
        """In bytes."""
        return self.place.length


class ReplicaPlaylist(Listing[SharedPart]):
    """A playlist as it was told."""

    def __init__(self, name: str, stream: ReplicaStream) -> None:
        super().__init__(name, settings=stream.settings, next_number=0)
        self.stream = stream
        self._target_duration_s = stream.settings.target_duration_s

    @property
    def target_duration_s(self) -> int:
        """TARGETDURATION."""
        return self._target_duration_s

    def apply(self, message: Initialization | SegmentOpened | PartAdded | SegmentClosed | PlaylistState) -> None:
        """One thing has changed."""
        match message:
            case Initialization(_, number, data):
                self.initializations[number] = b64decode(data)
            case SegmentOpened(_, number, discontinuity_sequence, initialization, date_time, is_independent):
                self.open_segment = Segment(number, discontinuity_sequence, initialization, date_time, is_independent)
            case PartAdded(_, duration_s, is_independent, block, offset, length):
                assert self.open_segment is not None
                self.open_segment.add(SharedPart(duration_s, is_independent, Place(block, offset, length)))
            case SegmentClosed():
                assert self.open_segment is not None
                self.complete.append(self.open_segment)
                self.open_segment = None
            case PlaylistState():
                self._take(message)

    def _take(self, state: PlaylistState) -> None:
        self._target_duration_s = state.target_duration_s
        self.next_number, self.first_listed = state.next_number, state.first_listed
        self.ended, self.is_withdrawn = state.ended, state.is_withdrawn
        if not state.has_open_segment:
            self.open_segment = None
        while self.complete and self.complete[0].number < state.first_kept:
            self.complete.popleft()
        used = {segment.initialization for segment in self.complete}
        newest = max(self.initializations, default=0)
        self.initializations = {
            number: data for number, data in self.initializations.items() if number in used or number == newest
        }


class ReplicaStream:
    """A stream as it was told."""

    def __init__(self, stream_id: str, names: MediaNames, settings: HlsSettings) -> None:
        self.stream_id = stream_id
        self.names = names
        self.settings = settings
        self.multivariant: str | None = None
        self.dropped: dict[str, None] = {}
        self.current: list[ReplicaPlaylist] = []
        self.previous: list[ReplicaPlaylist] = []
        self._texts: dict[tuple[ReplicaPlaylist, bool], str] = {}

    def drop(self, viewer_id: str) -> None:
        """A viewer was told to go. As many are remembered as the worker does (`sessions/dropped.py`)."""
        self.dropped[viewer_id] = None
        if len(self.dropped) > MAX_DROPPED:
            del self.dropped[next(iter(self.dropped))]

    def changed(self) -> None:
        """Texts that were made are not true any more."""
        self._texts.clear()

    def playlist(self, name: str) -> ReplicaPlaylist | None:
        """The rendition of that name, of the present set or the one before."""
        return next((each for each in (*self.current, *self.previous) if each.name == name), None)

    def media_playlist(self, playlist: ReplicaPlaylist, *, skip: bool) -> str:
        """The text of a media playlist; rendered once a change, however many ask."""
        text = self._texts.get((playlist, skip))
        if text is None:
            others = [each for each in self.current if each is not playlist] if playlist in self.current else []
            text = media_playlist(playlist, others, names=self.names, skip=skip)
            self._texts[playlist, skip] = text
        return text


class Replicas:
    """All streams of the worker."""

    def __init__(self) -> None:
        self._streams: dict[str, ReplicaStream] = {}
        self._playlists: dict[int, ReplicaPlaylist] = {}

    def find(self, stream_id: str) -> ReplicaStream | None:
        """A stream that is served."""
        return self._streams.get(stream_id)

    def apply(self, message: Message) -> ReplicaPlaylist | None:
        """What changed; the playlist that has more to list, or has ended. Raises KeyError for what was never opened."""
        match message:
            case StreamOpened(stream_id, name_key, settings):
                names = MediaNames(bytes.fromhex(name_key))
                self._streams[stream_id] = ReplicaStream(stream_id, names, HlsSettings(**settings))
            case StreamClosed(stream_id):
                gone = self._streams.pop(stream_id)
                self._playlists = {serial: each for serial, each in self._playlists.items() if each.stream is not gone}
            case StreamLists(stream_id, current, previous, multivariant):
                stream = self._streams[stream_id]
                stream.current = [self._playlists[serial] for serial in current]
                stream.previous = [self._playlists[serial] for serial in previous]
                stream.multivariant = multivariant
                stream.changed()
            case ViewerDropped(stream_id, viewer_id):
                self._streams[stream_id].drop(viewer_id)
            case PlaylistOpened(stream_id, serial, name):
                self._playlists[serial] = ReplicaPlaylist(name, self._streams[stream_id])
            case PlaylistClosed(serial):
                del self._playlists[serial]
            case Initialization() | SegmentOpened() | PartAdded() | SegmentClosed() | PlaylistState():
                playlist = self._playlists[message.serial]
                playlist.apply(message)
                playlist.stream.changed()
                return playlist
            case _:
                raise KeyError(type(message).__name__)
        return None
