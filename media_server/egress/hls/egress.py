"""LL-HLS of one room: the frames of its hub as playlists and parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from media_server.egress.hls.events import SegmentListener
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.multivariant import multivariant_playlist
from media_server.egress.hls.names import MediaNames
from media_server.egress.hls.offered import offered
from media_server.egress.hls.rendering import media_playlist
from media_server.egress.hls.rendition_set import RenditionSet
from media_server.egress.hls.settings import HlsSettings
from media_server.egress.hls.target_duration import TargetDuration
from media_server.hub.frames import Frame, Track

_ASK_AGAIN_S: Final = 1.0
_POLL_EVERY_S: Final = 0.049


class HlsEgress:
    """A `HubListener`, on the event loop, polled each 50 ms; it knows no sockets and no clock.

    `request_keyframe` is called when a segment is due to end; whoever gets it merges and throttles, and a source that
    cannot be asked is cut where it pleases. `wall_offset_s` is Unix time minus `now`, `name_key` a secret of this room:
    see `MediaNames`.
    """

    def __init__(
        self, *, settings: HlsSettings, request_keyframe: Callable[[], None], wall_offset_s: float, name_key: bytes
    ) -> None:
        self.settings = settings
        self.names = MediaNames(name_key)
        self._request_keyframe = request_keyframe
        self._wall_offset_s = wall_offset_s
        self._tracks: list[Track] = []
        self._is_news = False
        self._current: RenditionSet | None = None
        self._previous: RenditionSet | None = None
        self._generation = 0
        self._asked: tuple[float, int] | None = None
        self._next_poll = float("-inf")
        self._texts: dict[tuple[str, bool], str] = {}
        self._on_change: list[Callable[[], None]] = []
        self._segment_listeners: list[SegmentListener] = []

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`. What is offered is decided with the next frame, when derived tracks are there too."""
        self._tracks = offered(tracks, with_opus=self.settings.with_opus)
        self._is_news = True

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if self._is_news:
            self._is_news = False
            self._take_tracks(now)
        if self._current is not None:
            self._current.push(track, frame, now=now)

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`. What comes next, if anything, starts behind a discontinuity."""
        if self._current is not None:
            self._current.interrupt()

    def on_end(self, *, now: float) -> None:
        """See `HubListener`. The playlists say so and stay as long as this object does."""
        if self._current is not None:
            self._current.end()

    def poll(self, *, now: float) -> None:
        """To be called each 50 ms, or more often: then nothing happens."""
        current = self._current
        if current is None or now < self._next_poll:
            return
        self._next_poll = now + _POLL_EVERY_S
        current.drop_absent(now=now)
        if current.wants_keyframe and self._may_ask(now, current.cut_count):
            self._asked = (now, current.cut_count)
            self._request_keyframe()

    @property
    def available(self) -> bool:
        """Whether a player that asks now gets something to play."""
        return self._current is not None and self._current.playable

    def on_change(self, listener: Callable[[], None]) -> None:
        """Calls `listener` whenever any playlist has more to list or has ended."""
        self._on_change.append(listener)

    def listen(self, listener: SegmentListener) -> None:
        """Tells `listener` of all segments that begin from now on; to be called before there are any."""
        self._segment_listeners.append(listener)

    @property
    def groups(self) -> tuple[list[MediaPlaylist], list[MediaPlaylist]]:
        """The playlists of the present set, and of the one before."""
        current, previous = self._current, self._previous
        return (
            current.playlists if current is not None else [],
            previous.playlists if previous is not None else [],
        )

    def playlist(self, name: str) -> MediaPlaylist | None:
        """The rendition of that name, of the present set or the one before."""
        for group in self.groups:
            for playlist in group:
                if playlist.name == name:
                    return playlist
        return None

    def media_playlist(self, playlist: MediaPlaylist, *, skip: bool) -> str:
        """The text of a media playlist; rendered once a change, however many ask."""
        key = (playlist.name, skip)
        text = self._texts.get(key)
        if text is None:
            current = self._current
            group = current.playlists if current is not None else []
            others = [other for other in group if other is not playlist] if playlist in group else []
            text = self._texts[key] = media_playlist(playlist, others, names=self.names, skip=skip)
        return text

    def multivariant_playlist(self) -> str | None:
        """The text of the multivariant playlist; None while there is nothing to play."""
        if self._current is None or not self._current.playable:
            return None
        return multivariant_playlist(self._current)

    def _take_tracks(self, now: float) -> None:
        current, tracks = self._current, self._tracks
        if current is not None and current.may_take(tracks):
            current.take(tracks, now=now)
            return
        if current is not None:
            if not tracks and not current.is_over:
                # A track of another codec may be made of what has come.
                return
            current.end()
            self._previous, self._current = current, None
        if tracks:
            self._generation += 1
            self._current = RenditionSet(
                tracks,
                generation=self._generation,
                settings=self.settings,
                make_playlist=self._make_playlist,
                wall_offset_s=self._wall_offset_s,
                now=now,
            )
        self._changed()

    def _make_playlist(self, name: str, target: TargetDuration, now: float) -> MediaPlaylist:
        return MediaPlaylist(
            name,
            settings=self.settings,
            target=target,
            # Segments last longer than a second on average: after a restart no number, and so no name, comes again.
            first_number=int(now + self._wall_offset_s),
            on_change=self._changed,
            listeners=self._segment_listeners,
        )

    def _may_ask(self, now: float, cut_count: int) -> bool:
        return self._asked is None or self._asked[1] != cut_count or now >= self._asked[0] + _ASK_AGAIN_S

    def _changed(self) -> None:
        self._texts.clear()
        for listener in self._on_change:
            listener()
