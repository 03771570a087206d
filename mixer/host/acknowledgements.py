"""How far each device of a mix got: what it sent and was handled, so that it knows what to send again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

MAX_SOURCES: Final = 64
"""Devices that are remembered; the one that was silent for longest is forgotten."""
MAX_AHEAD: Final = 256
HOLE_S: Final = 2.0
"""A device sends again after 0.3 s. What has not come by then never will: the device has forgotten it."""


@dataclass(slots=True)
class _Source:
    done: int = 0
    is_resumed: bool = False
    ahead: dict[int, int] = field(default_factory=dict)
    """Numbers above `done` that were received, with the order that is to be applied for them, 0 for none."""
    hole_since_s: float | None = None


class Acknowledgements:
    """Counts per source without gaps, from 1."""

    def __init__(self, resumed: dict[str, int] | None = None) -> None:
        self._sources: OrderedDict[str, _Source] = OrderedDict()
        for name, done in (resumed or {}).items():
            self._sources[name] = _Source(done, is_resumed=True)

    def receive(self, source: str, seq: int, order: int) -> None:
        """`seq` came, and is handled once `order` is applied; at once with 0."""
        state = self._sources.setdefault(source, _Source())
        self._sources.move_to_end(source)
        if len(self._sources) > MAX_SOURCES:
            self._sources.popitem(last=False)
        if state.is_resumed:
            # What the device was told since the last save is not known here, so it is believed.
            state.done, state.is_resumed = max(state.done, seq - 1), False
        if seq > state.done:
            state.ahead.setdefault(seq, order)
        if len(state.ahead) > MAX_AHEAD:
            state.done = min(state.ahead) - 1

    def done(self, *, applied: int, now: float) -> dict[str, int]:
        """Per source, up to which number everything is handled when the orders up to `applied` are."""
        for state in self._sources.values():
            self._advance(state, applied, now)
        return {name: state.done for name, state in self._sources.items()}

    def _advance(self, state: _Source, applied: int, now: float) -> None:
        while state.ahead:
            order = state.ahead.get(state.done + 1)
            if order is not None:
                state.hole_since_s = None
                if order > applied:
                    return
                del state.ahead[state.done + 1]
                state.done += 1
            elif state.hole_since_s is None:
                state.hole_since_s = now
                return
            elif now - state.hole_since_s >= HOLE_S:
                state.done, state.hole_since_s = min(state.ahead) - 1, None
            else:
                return
