"""One stream's frames, from whatever makes them to whoever wants them, with the newest group of pictures kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from media_server.hub.frames import CLOCK_RATE, Frame, Track, TrackFormat

MAX_KEPT_S: Final = 12.0
MAX_KEPT_BYTES: Final = 24 << 20
"""A track of longer groups keeps none: who joins waits for its next key frame."""


class HubListener(Protocol):
    """Called in the order of events, on the event loop; has to return soon and must not raise."""

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """The tracks there are from here on: some came, went or have another format. The clock goes on."""

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """One frame of one of them, in the order of decoding."""

    def on_interrupt(self, *, now: float) -> None:
        """The source is gone, or begins anew: what follows, if anything, has another clock (an epoch ends)."""

    def on_end(self, *, now: float) -> None:
        """The stream is over."""


@dataclass(slots=True)
class _Kept:
    """The frames of a track since its newest key frame, oldest first; none while `is_broken`."""

    frames: deque[Frame] = field(default_factory=deque)
    size: int = 0
    is_broken: bool = True

    def add(self, frame: Frame) -> None:
        if frame.is_key:
            self.clear()
            self.is_broken = False
        if self.is_broken:
            return
        self.frames.append(frame)
        self.size += len(frame.data)
        if self.size > MAX_KEPT_BYTES or frame.dts - self.frames[0].dts > MAX_KEPT_S * CLOCK_RATE:
            self.clear()

    def clear(self) -> None:
        self.frames.clear()
        self.size = 0
        self.is_broken = True


class Hub:
    """Sans-IO. A source writes, listeners hear; who comes late may be given what is kept."""

    def __init__(self) -> None:
        self._tracks: dict[str, Track] = {}
        self._kept: dict[str, _Kept] = {}
        # A tuple, and another one when it changes: who hears of a frame may come and go meanwhile.
        self._listeners: tuple[HubListener, ...] = ()
        self._on_frame: tuple[Callable[..., None], ...] = ()
        self.epoch = 0
        self._is_running = False
        self.is_over = False

    @property
    def tracks(self) -> tuple[Track, ...]:
        """What there is now, sources first."""
        return tuple(sorted(self._tracks.values(), key=lambda track: track.origin != "source"))

    def track(self, track_id: str) -> Track | None:
        """The track of that id, if it is there."""
        return self._tracks.get(track_id)

    def listen(self, listener: HubListener, *, now: float, with_kept: bool = False) -> None:
        """From now on `listener` hears everything. `with_kept`: first the newest group of each picture track."""
        self._set_listeners((*self._listeners, listener))
        if self._tracks:
            listener.on_tracks(self.tracks, now=now)
        if with_kept:
            for track_id, kept in self._kept.items():
                for frame in tuple(kept.frames):
                    listener.on_frame(self._tracks[track_id], frame, now=now)

    def unlisten(self, listener: HubListener) -> None:
        """`listener` hears nothing any more."""
        self._set_listeners(tuple([each for each in self._listeners if each is not listener]))

    def begin(self, tracks: Iterable[Track], *, now: float) -> None:
        """A source begins, with a clock of its own: all that was before, derived tracks too, is gone.

        After the end nothing begins, and no track comes.
        """
        if self.is_over:
            return
        self.interrupt(now=now)
        self.epoch += 1
        self._is_running = True
        self._tracks = {track.track_id: track for track in tracks}
        self._kept = {track.track_id: _Kept() for track in self._tracks.values() if track.kind == "video"}
        self._tell_tracks(now)

    def put(self, track: Track, *, now: float) -> None:
        """A track comes, or one of that id changed its format; it goes on at its next key frame."""
        if self.is_over:
            return
        self._tracks[track.track_id] = track
        if track.kind == "video":
            self._kept[track.track_id] = _Kept()
        self._tell_tracks(now)

    def change_format(self, track_id: str, track_format: TrackFormat, *, now: float) -> None:
        """The source has new parameter sets, from its next key frame on. Raises KeyError for no track of ours."""
        self.put(replace(self._tracks[track_id], format=track_format), now=now)

    def remove(self, track_id: str, *, now: float) -> None:
        """A track is gone; nothing happens for one that is not here."""
        if self._tracks.pop(track_id, None) is not None:
            self._kept.pop(track_id, None)
            self._tell_tracks(now)

    def push(self, track_id: str, frame: Frame, now: float) -> None:
        """One frame. Of a track that is not here, or after the end, it is nothing: its maker was a little late."""
        track = self._tracks.get(track_id)
        if track is None or self.is_over:
            return
        kept = self._kept.get(track_id)
        if kept is not None:
            kept.add(frame)
        for on_frame in self._on_frame:
            on_frame(track, frame, now=now)

    def interrupt(self, *, now: float) -> None:
        """The source is gone for the moment; nothing is said where it already was."""
        if not self._is_running:
            return
        self._is_running = False
        for kept in self._kept.values():
            kept.clear()
        for listener in self._listeners:
            listener.on_interrupt(now=now)

    def end(self, *, now: float) -> None:
        """Nothing follows."""
        if self.is_over:
            return
        self.is_over = True
        for listener in self._listeners:
            listener.on_end(now=now)

    def _set_listeners(self, listeners: tuple[HubListener, ...]) -> None:
        self._listeners = listeners
        self._on_frame = tuple([listener.on_frame for listener in listeners])

    def _tell_tracks(self, now: float) -> None:
        for listener in self._listeners:
            listener.on_tracks(self.tracks, now=now)
