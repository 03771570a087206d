"""A device is told how far everything it sent was handled, and sends the rest again."""

from __future__ import annotations

from mixer.host.acknowledgements import HOLE_S, MAX_AHEAD, MAX_SOURCES, Acknowledgements


def test_what_came_counts_once_it_is_applied() -> None:
    acknowledgements = Acknowledgements()
    for seq in (1, 2, 3):
        acknowledgements.receive("tablet", seq, order=10 * seq)
    assert acknowledgements.done(applied=9, now=0.0) == {"tablet": 0}
    assert acknowledgements.done(applied=20, now=0.0) == {"tablet": 2}
    assert acknowledgements.done(applied=30, now=0.0) == {"tablet": 3}


def test_what_is_missing_holds_up_what_came_after_it_until_it_comes() -> None:
    acknowledgements = Acknowledgements()
    acknowledgements.receive("tablet", 1, order=1)
    acknowledgements.receive("tablet", 3, order=2)
    assert acknowledgements.done(applied=9, now=0.0) == {"tablet": 1}
    acknowledgements.receive("tablet", 2, order=3)
    assert acknowledgements.done(applied=9, now=0.1) == {"tablet": 3}


def test_what_never_comes_is_given_up() -> None:
    acknowledgements = Acknowledgements()
    acknowledgements.receive("tablet", 5, order=1)
    assert acknowledgements.done(applied=9, now=10.0) == {"tablet": 0}
    assert acknowledgements.done(applied=9, now=10.0 + HOLE_S / 2) == {"tablet": 0}
    assert acknowledgements.done(applied=9, now=10.0 + HOLE_S) == {"tablet": 5}


def test_a_repetition_changes_nothing() -> None:
    acknowledgements = Acknowledgements()
    acknowledgements.receive("tablet", 1, order=7)
    acknowledgements.receive("tablet", 1, order=0)
    assert acknowledgements.done(applied=6, now=0.0) == {"tablet": 0}
    assert acknowledgements.done(applied=7, now=0.0) == {"tablet": 1}
    acknowledgements.receive("tablet", 1, order=8)
    assert acknowledgements.done(applied=7, now=0.0) == {"tablet": 1}


def test_a_device_of_before_a_restart_is_believed() -> None:
    acknowledgements = Acknowledgements({"tablet": 10, "phone": 4})
    acknowledgements.receive("tablet", 15, order=0)
    assert acknowledgements.done(applied=0, now=0.0) == {"tablet": 15, "phone": 4}


def test_memory_is_bounded_by_device_and_by_number() -> None:
    acknowledgements = Acknowledgements()
    for source in range(MAX_SOURCES + 10):
        acknowledgements.receive(str(source), 1, order=0)
    assert len(acknowledgements.done(applied=0, now=0.0)) == MAX_SOURCES
    for seq in range(2, MAX_AHEAD + 10):
        acknowledgements.receive("tablet", seq, order=0)
    assert acknowledgements.done(applied=0, now=0.0)["tablet"] == MAX_AHEAD + 9
