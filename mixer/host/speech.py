"""Fills a session's microphone a few ticks ahead of the engine."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from mixer.host.shared import MICROPHONE_TICKS, Shared

LEAD_TICKS: Final = 3
"""So far ahead: one for the tick that is due next, two for threads that come late."""

_log = structlog.get_logger(__name__)


class Voice(Protocol):
    """Where a microphone's samples come from: `codecs.microphone.MicrophoneReceiver`."""

    def take(self, frames: int) -> NDArray[np.float32]:
        """The next samples, float32 of shape (frames, 2), silence when nobody speaks. Called in an encoder thread."""
        ...


class Speech:
    """Takes a block from a Voice for each tick."""

    def __init__(self, shared: Shared, place: int, voice: Voice) -> None:
        self._shared, self._place, self._voice = shared, place, voice
        self._written = shared.newest
        self._is_over = False

    def is_due(self) -> bool:
        """Whether a tick came."""
        return not self._is_over and self._written < self._shared.newest + LEAD_TICKS

    def drop(self) -> None:
        """The voice took too long."""
        self._is_over = True
        _log.error("microphone dropped", reason="its samples did not come")

    def take_turn(self) -> None:
        """Write all blocks up to the lead."""
        try:
            newest = self._shared.newest
            for tick in range(max(self._written, newest) + 1, newest + LEAD_TICKS + 1):
                slot = tick % MICROPHONE_TICKS
                self._shared.microphone[slot, self._place] = self._voice.take(self._shared.block)
                self._shared.microphone_ticks[slot, self._place] = tick
                self._written = tick
        except Exception:  # noqa: BLE001 - one microphone's bug must not stop the outputs of others
            _log.exception("microphone dropped", reason="it raised")
            self._is_over = True
