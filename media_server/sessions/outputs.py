"""What is made of a room beside what viewers are sent: recordings, renditions, other platforms, pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from media_server.sessions.spec import StreamSpec

if TYPE_CHECKING:
    from media_server.sessions.live_room import LiveRoom


class RoomOutput(Protocol):
    """One per room and kind. All calls come on the event loop, return soon and must not raise."""

    def want(self, spec: StreamSpec) -> None:
        """What the control plane wants now; said again whenever it changes."""

    def poll(self, *, now: float) -> None:
        """Timers; called about each second."""

    def end(self) -> None:
        """The stream is over; what is under way may be finished."""

    def close(self) -> None:
        """The room is forgotten; called once, after `end`, or without it when the stream goes on at another worker."""

    def state(self) -> Mapping[str, Any]:
        """Fields of the room in the worker's snapshot."""


MakeOutputs = Callable[["LiveRoom"], Sequence[RoomOutput]]


class Outputs:
    """All of a room's. Before the control plane has said anything, nothing is wanted."""

    def __init__(self, outputs: Sequence[RoomOutput]) -> None:
        self._outputs = outputs
        self._spec: StreamSpec | None = None

    def want(self, spec: StreamSpec) -> None:
        """Take a spec that is newer than what was wanted."""
        if self._spec is None or spec.revision > self._spec.revision:
            self._spec = spec
            for output in self._outputs:
                output.want(spec)

    def poll(self, *, now: float) -> None:
        """See `RoomOutput`."""
        for output in self._outputs:
            output.poll(now=now)

    def end(self) -> None:
        """See `RoomOutput`."""
        for output in self._outputs:
            output.end()

    def close(self) -> None:
        """See `RoomOutput`."""
        for output in self._outputs:
            output.close()

    def state(self) -> dict[str, Any]:
        """The fields of all."""
        return {name: value for output in self._outputs for name, value in output.state().items()}
