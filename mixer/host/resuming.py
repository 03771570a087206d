"""A copy of a session from another process, taken up by an engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from mixer.engine.engine import Engine
from mixer.engine.layout import SESSION
from mixer.engine.session import UnknownTrack
from mixer.engine.snapshot import Snapshot, snapshot_of, without_tracks
from mixer.host.shared import Shared, tracks_in


def snapshot_in(copy: Any) -> Snapshot:
    """A COPY without addresses. Its delay lines are where they were."""
    return snapshot_of(np.frombuffer(copy["record"].tobytes(), SESSION)[0], tracks_in(copy))


def restore(engine: Engine, place: int, copy: Any) -> None:
    """Go on with a session. A deck whose track is gone from this host is empty."""
    snapshot = snapshot_in(copy)
    missing = set()
    for track_id in snapshot.tracks:
        try:
            engine.tracks.get_track(track_id)
        except UnknownTrack:
            missing.add(track_id)
    engine.restore(without_tracks(snapshot, missing) if missing else snapshot, place=place)


def fill_inbox(shared: Shared, place: int, snapshot: Snapshot, due_s: float) -> None:
    """Lay a session ready for the engine to take up at a place; its next frame was due at `due_s`."""
    inbox = shared.inbox[place]
    inbox["record"] = np.frombuffer(snapshot.state, np.uint8)
    inbox["addresses"], inbox["tracks"] = 0, b""
    # A snapshot counts its tracks from 1 where a record has addresses.
    for index, track_id in enumerate(snapshot.tracks):
        inbox["addresses"][index], inbox["tracks"][index] = index + 1, track_id.encode()
    shared.inbox_due_s[place] = due_s
