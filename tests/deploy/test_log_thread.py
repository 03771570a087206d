"""Whoever logs waits for nobody; what is dropped is said."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from deploy.log_thread import LogThread


class Pipe(logging.Handler):
    """A reader that takes lines when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.is_read = threading.Event()
        self.is_stuck = threading.Event()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.is_stuck.set()
        self.is_read.wait()
        self.records.append(record)

    @property
    def lines(self) -> list[str]:
        return [record.getMessage() for record in self.records]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.is_read.set()


def line(text: str) -> logging.LogRecord:
    return logging.LogRecord("t", logging.INFO, "", 0, text, (), None)


def test_lines_are_written_in_order_by_another_thread(pipe: Pipe) -> None:
    pipe.is_read.set()
    handler = LogThread(pipe)
    for n in range(100):
        assert handler.handle(line(str(n)))
    handler.close()
    assert pipe.lines == [str(n) for n in range(100)]


def test_a_reader_that_is_stuck_holds_up_nobody_and_what_was_dropped_is_counted(pipe: Pipe) -> None:
    handler = LogThread(pipe, capacity=4)
    handler.handle(line("first"))
    assert pipe.is_stuck.wait(10)
    taken = [handler.handle(line(str(n))) for n in range(10)]
    assert taken == [True] * 4 + [False] * 6
    pipe.is_read.set()
    handler.close()
    said = next(record for record in pipe.records if "dropped" in record.getMessage())
    assert vars(said)["dropped"] == 6
    assert [text for text in pipe.lines if text is not said.getMessage()] == ["first", "0", "1", "2", "3"]


def test_nothing_is_taken_after_the_end(pipe: Pipe) -> None:
    pipe.is_read.set()
    handler = LogThread(pipe)
    handler.close()
    assert not handler.handle(line("late"))
    handler.close()
    assert pipe.lines == []
