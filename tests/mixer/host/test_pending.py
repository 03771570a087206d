"""What a device sent is pending until a copy shows it."""

from __future__ import annotations

from mixer.host.pending import Pending


def test_what_no_copy_shows_is_told_by_its_first_number() -> None:
    pending = Pending()
    for seq, order in ((1, 10), (2, 20), (4, 30), (3, 40)):
        pending.note("tablet", seq, order, applied=0)
    pending.note("phone", 7, 50, applied=0)
    assert pending.firsts(applied=9) == {"tablet": 1, "phone": 7}
    assert pending.firsts(applied=20) == {"tablet": 3, "phone": 7}
    assert pending.firsts(applied=40) == {"phone": 7}
    assert pending.firsts(applied=50) == {}


def test_what_a_copy_shows_is_forgotten_when_more_comes() -> None:
    pending = Pending()
    for order in range(1, 1_000):
        pending.note("tablet", order, order, applied=order - 1)
    assert pending.firsts(applied=0) == {"tablet": 999}
