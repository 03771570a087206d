"""One place, and the newest generation has it."""

from __future__ import annotations

from dataclasses import dataclass, field

from media_server.sessions.seat import Seat


@dataclass
class Sitter:
    generation: int
    closed: list[str] = field(default_factory=list)

    def close(self, reason: str) -> None:
        self.closed.append(reason)


def test_who_is_on_the_way_cuts_nobody_off_before_being_there() -> None:
    seat: Seat[Sitter] = Seat()
    first, second = Sitter(1), Sitter(2)
    seat.expect(first)
    seat.take(first)
    seat.expect(second)
    assert not first.closed
    assert seat.sessions == [first, second]
    seat.take(second)
    assert len(first.closed) == 1
    assert seat.sessions == [second]


def test_of_two_on_the_way_the_later_one_stays() -> None:
    seat: Seat[Sitter] = Seat()
    first, second = Sitter(1), Sitter(1)
    seat.expect(first)
    seat.expect(second)
    assert first.closed
    assert seat.sessions == [second]


def test_an_older_generation_is_superseded_for_good() -> None:
    seat: Seat[Sitter] = Seat()
    newer = Sitter(5)
    seat.expect(newer)
    assert seat.is_superseded(4)
    seat.take(newer)
    assert seat.is_taken(5)
    assert not seat.is_taken(6)
    assert seat.leave(newer)
    assert seat.is_superseded(4)
    assert not seat.is_superseded(5)
    assert not seat.is_taken(5)
    assert seat.is_empty


def test_who_was_taken_over_leaves_nothing_empty() -> None:
    seat: Seat[Sitter] = Seat()
    first, second = Sitter(1), Sitter(2)
    seat.take(first)
    seat.take(second)
    assert not seat.leave(first)
    assert seat.current is second
