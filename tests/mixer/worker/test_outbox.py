"""What a mixer has to say, in memory and on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mixer.worker.outbox import MAX_EVENTS, MAX_WORDS, Outbox


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def numbers(outbox: Outbox) -> list[int]:
    return [json.loads(event)["number"] for event in outbox.next_events(MAX_EVENTS)]


def test_words_are_dropped_when_nobody_takes_them_and_events_are_kept_in_order(path: Path) -> None:
    outbox = Outbox(path)
    for number in range(MAX_WORDS + 5):
        outbox.say("s", {"number": number})
    for number in range(100):
        outbox.record({"number": number})
    words = outbox.take_words()
    assert len(words) == MAX_WORDS
    assert words[0] == ("mix:out:s", '{"number":5}')
    assert outbox.take_words() == []
    first = outbox.next_events(3)
    assert outbox.next_events(3) == first, "they stay until they are written"
    outbox.written(first)
    assert numbers(outbox) == list(range(3, 100))
    assert len({json.loads(event)["id"] for event in outbox.next_events(100)}) == 97


def test_only_what_is_past_the_bound_of_events_is_lost(path: Path) -> None:
    outbox = Outbox(path)
    waiting = None
    for number in range(MAX_EVENTS + 2):
        outbox.record({"number": number})
        waiting = waiting or outbox.next_events(2)
    assert outbox.lost_events == 2
    assert waiting is not None
    # These were being written while the oldest were dropped for want of room.
    outbox.written(waiting)
    assert numbers(outbox)[0] == 2


def test_the_next_worker_has_the_events_that_one_before_it_could_not_write(path: Path) -> None:
    outbox = Outbox(path)
    for number in range(5):
        outbox.record({"number": number})
    events = outbox.next_events(5)
    after = Outbox(path)
    assert after.has_events.is_set()
    assert after.next_events(5) == events, "with the same ids, in the same order"
    after.record({"number": 5})
    assert numbers(Outbox(path)) == [0, 1, 2, 3, 4, 5]
    after.written(after.next_events(6))
    assert numbers(Outbox(path)) == []


def test_the_file_does_not_grow_while_events_come_and_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mixer.worker.events_file.MAX_LINES", 20)
    outbox = Outbox(path)
    outbox.record({"number": 0})
    for number in range(1, 200):
        outbox.record({"number": number})
        outbox.written(outbox.next_events(1))
        assert len(path.read_text().splitlines()) <= 20
    assert numbers(Outbox(path))[-1] == 199


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_line_that_was_cut_off_costs_that_event_alone(path: Path, cut: int) -> None:
    outbox = Outbox(path)
    for number in range(3):
        outbox.record({"number": number})
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut] if cut > 1 else whole + b"\xff\xfe{")
    after = Outbox(path)
    kept = [0, 1, 2] if cut == 1 else [0, 1]
    assert numbers(after) == kept
    after.record({"number": 7})
    assert numbers(Outbox(path)) == [*kept, 7]


def test_without_a_disk_events_wait_in_memory_and_are_written_down_once_there_is_one(path: Path) -> None:
    path.mkdir()
    outbox = Outbox(path)
    outbox.record({"number": 0})
    assert numbers(outbox) == [0]
    path.rmdir()
    outbox.record({"number": 1})
    assert numbers(Outbox(path)) == [0, 1]
