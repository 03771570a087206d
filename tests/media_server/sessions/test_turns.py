"""What comes first: forwarding before reading, whole frames before halves, the socket between two pieces of work."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from media_server.sessions.turns import WORK_S, Turns
from tests.support.waiting import eventually


class Room:
    """Writes down what it is told to do. `whole` says whether what it received is whole frames."""

    def __init__(self, said: list[str], name: str, *, whole: bool = True, pieces: int = 1, slow: bool = False) -> None:
        self.said, self.name, self.whole, self.pieces, self.slow = said, name, whole, pieces, slow
        self.on_piece: Callable[[], None] = lambda: None

    @property
    def rtp_source(self) -> Room:
        return self

    def forward_frames(self) -> bool:
        self.said.append(f"{self.name} frames")
        return self.whole

    def forward(self) -> None:
        self.said.append(f"{self.name} rest")

    def work(self, *, until: float) -> bool:
        while self.pieces:
            self.pieces -= 1
            self.said.append(f"{self.name} read")
            self.on_piece()
            if self.slow:
                time.sleep(2 * WORK_S)
            if time.monotonic() >= until:
                break
        return not self.pieces


async def test_all_rooms_forward_before_any_is_read() -> None:
    said: list[str] = []
    turns = Turns()
    for name in "ab":
        turns.note(Room(said, name))
    turns.take()
    await eventually(lambda: len(said) == 4)
    assert said == ["a frames", "b frames", "a read", "b read"]


async def test_a_room_that_was_noted_often_has_one_turn() -> None:
    said: list[str] = []
    turns, room = Turns(), Room(said, "a")
    for _ in range(5):
        turns.note(room)
    turns.take()
    turns.take()
    assert said == ["a frames", "a read"]


async def test_the_beginning_of_a_frame_is_forwarded_when_its_rest_does_not_come() -> None:
    said: list[str] = []
    turns = Turns()
    turns.note(Room(said, "a", whole=False))
    turns.take()
    assert said == ["a frames", "a read"]
    await eventually(lambda: said[-1] == "a rest")
    await asyncio.sleep(0.01)
    assert said.count("a rest") == 1


async def test_a_rest_that_came_is_not_forwarded_again() -> None:
    said: list[str] = []
    turns, room = Turns(), Room(said, "a", whole=False)
    turns.note(room)
    turns.take()
    room.whole = True
    turns.note(room)
    turns.take()
    await asyncio.sleep(0.01)
    assert "a rest" not in said


async def test_work_that_takes_long_lets_the_socket_be_looked_at_between_its_pieces() -> None:
    said: list[str] = []
    turns = Turns()
    slow, other = Room(said, "slow", pieces=5, slow=True), Room(said, "other")

    def arrives() -> None:
        if slow.pieces == 3:
            turns.note(other)
            asyncio.get_running_loop().call_soon(turns.take)

    slow.on_piece = arrives
    turns.note(slow)
    turns.take()
    await eventually(lambda: not slow.pieces and not other.pieces)
    assert said.count("slow read") == 5
    assert said.index("other frames") == 3
