"""What the worker sees of a session, read from shared memory."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from mixer.engine.desk_state import DeskState, Moment, desk_of, moment_of
from mixer.engine.layout import SESSION
from mixer.host.shared import Shared, tracks_in


class MixView:
    """A session between two ticks.

    `frame` is the next to be rendered, due at `monotonic_s` (time.monotonic), `at` in seconds since 1970. Orders up to
    `number` are in it.
    """

    __slots__ = ("_copy", "_record", "at", "frame", "monotonic_s", "number")

    def __init__(self, copy: Any, due_s: float, number: int) -> None:
        self._copy = copy
        self.number = number
        self._record = np.frombuffer(copy["record"].tobytes(), SESSION)[0]
        self.frame = int(self._record["frame"])
        self.monotonic_s = due_s
        self.at = due_s + time.time() - time.monotonic()

    @property
    def desk(self) -> DeskState:
        """Every setting."""
        return desk_of(self._record, tracks_in(self._copy))

    @property
    def moment(self) -> Moment:
        """What moves."""
        return moment_of(self._record)


def view_of(shared: Shared, place: int, generation: int) -> MixView | None:
    """The session at a place; None where the engine does not have it yet."""
    found = shared.copy_of(place)
    if found is None or found[1]["generation"] != generation:
        return None
    head, copy, _ = found
    return MixView(copy, float(head["due_s"]), int(head["number"]))
