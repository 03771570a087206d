"""The threads of a worker in which encoders run: woken by each tick, a turn for each output that has something to do.

A turn is short; who has more to do waits for another behind the others. A thread that a sink keeps is replaced, and
the output dropped: one slow receiver holds nobody else up.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from typing import Final, Protocol

SLOW_S: Final = 1.0
"""A turn takes milliseconds, most of it without the GIL; one of so much means that a sink waits for something."""
# Longer than so between two looks at the turns, this process did not run, or the GIL was not to be had. No sink is to
# blame for that, so no more of it is counted.
_LOOK_S: Final = 0.05


class Turn(Protocol):
    """Something to be done after a tick. A turn is never taken by two threads at once."""

    def is_due(self) -> bool:
        """Whether there is something to do. Called in the pump's own thread: a comparison, no work."""
        ...

    def take_turn(self) -> None:
        """Do some of what there is to do, a few milliseconds' work. It raises nothing."""
        ...

    def drop(self) -> None:
        """It was too slow, and has its last turn."""
        ...


class _Member:
    __slots__ = ("began_s", "is_queued", "thread", "turn")

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.is_queued = False
        self.began_s: float | None = None
        self.thread: threading.Thread | None = None


class Pump:
    """Runs turns in `threads` threads. `wake` is the eventfd that the engine writes to."""

    def __init__(self, wake: int, threads: int) -> None:
        self._wake, self._count = wake, threads
        self._members: dict[int, _Member] = {}
        self._changing = threading.Lock()
        # At most one entry a member, so it is as bounded as the members are.
        self._queue: queue.SimpleQueue[_Member | None] = queue.SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._ends = False
        self._ran_s = 0.0
        """For how long turns were looked at: the clock by which a slow one is told."""
        self._dispatcher = threading.Thread(target=self._dispatch, name="mixer-pump", daemon=True)

    def start(self) -> None:
        """Start the threads."""
        for _ in range(self._count):
            self._add_thread()
        self._dispatcher.start()

    def stop(self) -> None:
        """End the threads; blocks for the turns that are being taken, a slow one left alone."""
        self._ends = True
        os.eventfd_write(self._wake, 1)
        self._dispatcher.join()
        threads = list(self._threads)
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            thread.join(SLOW_S)

    def add(self, turn: Turn) -> None:
        """Give turns from the next tick on."""
        with self._changing:
            self._members = {**self._members, id(turn): _Member(turn)}

    def remove(self, turn: Turn) -> None:
        """Give no more turns; one that is being taken goes on."""
        with self._changing:
            self._members = {key: member for key, member in self._members.items() if key != id(turn)}

    def _add_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="mixer-encoder", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _dispatch(self) -> None:
        before = time.monotonic()
        while True:
            os.eventfd_read(self._wake)
            if self._ends:
                return
            now = time.monotonic()
            self._ran_s += min(now - before, _LOOK_S)
            before = now
            # `add` and `remove` replace the table and never change it, so going through one needs no lock.
            for member in self._members.values():
                if member.is_queued:
                    began_s = member.began_s
                    if began_s is not None and self._ran_s - began_s > SLOW_S:
                        self._replace_thread_of(member)
                elif member.turn.is_due():
                    member.is_queued = True
                    self._queue.put(member)

    def _replace_thread_of(self, member: _Member) -> None:
        self.remove(member.turn)
        member.turn.drop()
        if member.thread is not None:
            self._threads.discard(member.thread)
        self._add_thread()

    def _work(self) -> None:
        me = threading.current_thread()
        while (member := self._queue.get()) is not None:
            member.thread, member.began_s = me, self._ran_s
            member.turn.take_turn()
            member.began_s = None
            if me not in self._threads:
                # Another thread has this one's work since its turn took too long.
                return
            if self._members.get(id(member.turn)) is member and member.turn.is_due():
                self._queue.put(member)
            else:
                member.is_queued = False
