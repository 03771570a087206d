"""What the worker sees of a session, read from shared memory."""

from __future__ import annotations

from dataclasses import dataclass

from mixer.engine.desk_state import DeskState, Moment


@dataclass(frozen=True, slots=True)
class MixView:
    """`frame` is the next to be rendered, due at `monotonic_s` (time.monotonic), `at` in seconds since 1970."""

    frame: int
    monotonic_s: float
    at: float
    desk: DeskState
    moment: Moment
