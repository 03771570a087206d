"""What a worker makes of each room beside what its viewers are sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from media_server.sessions.live_room import LiveRoom
from media_server.sessions.outputs import MakeOutputs, RoomOutput


def make_outputs(*makers: Callable[[LiveRoom], RoomOutput]) -> MakeOutputs:
    """One output of each maker for every room."""

    def make(room: LiveRoom) -> Sequence[RoomOutput]:
        return [make_one(room) for make_one in makers]

    return make
