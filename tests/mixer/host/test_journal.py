"""An order is kept until it is in a copy of its session, and given again to the next engine."""

from __future__ import annotations

from mixer.engine import commands as c
from mixer.host.journal import MAX_ENGINES, MAX_WAITING, Journal
from mixer.host.messages import Kind, Order


def filled(count: int, place: int = 0) -> Journal:
    journal = Journal()
    for number in range(1, count + 1):
        journal.add(Order.apply(number, 0.0, place, c.SetFader(0, 0.5)))
    return journal


def drain(journal: Journal) -> list[int]:
    numbers = []
    while (order := journal.next) is not None:
        numbers.append(order.number)
        journal.sent()
    return numbers


def test_orders_go_out_once_and_in_order() -> None:
    journal = filled(3)
    assert drain(journal) == [1, 2, 3]
    assert journal.next is None


def test_the_next_engine_is_given_what_no_copy_has() -> None:
    journal = filled(5)
    for _ in range(3):
        journal.sent()
    journal.forget(2)
    assert journal.recall() == []
    assert journal.last == 5
    assert drain(journal) == [3, 4, 5]


def test_a_command_over_which_engine_after_engine_is_lost_is_refused() -> None:
    journal = filled(2)
    journal.add(Order(3, 0.0, Kind.OPEN, 1, 2))
    for _ in range(MAX_ENGINES - 1):
        drain(journal)
        assert journal.recall() == []
    drain(journal)
    assert [order.number for order in journal.recall()] == [1, 2]
    # What opens a session is never given up, or the session would be lost.
    assert drain(journal) == [3]


def test_a_session_is_bounded_and_others_are_not_held_up() -> None:
    journal = filled(MAX_WAITING)
    assert journal.is_full(0)
    assert not journal.is_full(1)
    drain(journal)
    journal.forget(1)
    assert not journal.is_full(0)


def test_what_a_copy_has_not_is_known_per_session() -> None:
    journal = filled(3)
    journal.add(Order.apply(4, 0.0, 1, c.SetFader(0, 0.5)))
    journal.sent()
    journal.sent()
    assert [order.number for order in journal.of(0, after=1)] == [2, 3]
    assert [order.number for order in journal.of(1, after=1)] == [4]
