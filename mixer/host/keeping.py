"""Once a second, in a thread of the worker: sessions to disk, and the samples that they may jump to into memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog

from mixer.dsp.units import SAMPLE_RATE
from mixer.engine.layout import SESSION
from mixer.engine.session import UnknownTrack
from mixer.engine.snapshot import without_delays
from mixer.host.resuming import snapshot_in
from mixer.host.saved_mix import SUFFIX, SavedMix
from mixer.host.shared import tracks_in
from mixer.tracks.store import TrackStore

_BEHIND: Final = SAMPLE_RATE // 4
_AHEAD: Final = 8 * SAMPLE_RATE

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Present:
    """A session as the loop found it, with its COPY; the rest of the work is the thread's."""

    session_id: str
    deck_count: int
    at: float
    copy: Any
    tail: tuple[dict[str, Any], ...]
    sequences: tuple[tuple[str, str, int], ...]

    def saved(self) -> SavedMix:
        """As it goes to disk."""
        return SavedMix(
            self.session_id,
            self.deck_count,
            self.at,
            without_delays(snapshot_in(self.copy)),
            self.tail,
            self.sequences,
        )


class Keeping:
    """Writes to `folder`. A session that was forgotten is not written again, also not by a thread that is at it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._kept: set[str] = set()
        self._has_failed = False

    def keep(self, session_id: str) -> None:
        """Write this session from now on."""
        with self._lock:
            self._kept.add(session_id)

    def forget(self, session_id: str) -> None:
        """Remove a session from the disk."""
        with self._lock:
            self._kept.discard(session_id)
            (self._folder / f"{session_id}{SUFFIX}").unlink(missing_ok=True)

    def write(self, present: Sequence[Present]) -> None:
        """Write them all. A full disk is said once, and tried again the next time."""
        for session in present:
            saved = session.saved()
            with self._lock:
                if saved.session_id not in self._kept:
                    continue
                try:
                    saved.write(self._folder)
                except OSError as error:
                    if not self._has_failed:
                        _log.error("mix not saved", session_id=saved.session_id, reason=str(error))
                    self._has_failed = True
                    return
        self._has_failed = False


def _places_of(deck: Any) -> list[float]:
    """Where a deck is, and where one press of a button takes it."""
    jumps = [float(deck["position"]), float(deck["cue"]), float(deck["loop_in"]), float(deck["slip_position"])]
    return [frame for frame in (*jumps, *deck["hot_cues"].tolist()) if frame >= 0.0]


def touch_tracks(tracks: TrackStore, present: Sequence[Present]) -> None:
    """Bring what decks may play within the next seconds into memory: the clock must not wait for a disk."""
    for session in present:
        names = tracks_in(session.copy)
        for deck in np.frombuffer(session.copy["record"].tobytes(), SESSION)[0]["decks"]:
            if not deck["pcm"]:
                continue
            try:
                track = tracks.get_track(names[int(deck["pcm"])])
            except UnknownTrack:
                # Evicted from the folder; the engine has it open, and its pages are there as long.
                continue
            for frame in _places_of(deck):
                track.touch(int(frame) - _BEHIND, _BEHIND + _AHEAD)
