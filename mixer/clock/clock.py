"""The clock of a mixer process: one tick per block, at absolute deadlines.

It runs in a process of its own. As a task or a thread beside one that forwards packets, 8–10% of ticks come late.
"""

from __future__ import annotations

import os
import resource
import threading
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mixer.clock.account import TickAccount
from mixer.dsp.units import BLOCK, SAMPLE_RATE

# So far behind, the process was stopped or the host asleep: what was missed is not rendered in a burst.
_GIVE_UP_S: Final = 1.0
STANDBY_S: Final = 0.0005
"""So long after a deadline the standby looks whether the tick has begun."""
HELP_S: Final = 0.00075
"""A tick that goes on for so long after its deadline is helped with."""
LOOK_S: Final = 0.0005
"""How soon to look again at a tick in which there was nothing to help with."""


def processors_apart() -> tuple[set[int], set[int]]:
    """The processors that this process may use, in two halves; where there is only one, twice that."""
    usable = sorted(os.sched_getaffinity(0))
    half = len(usable) // 2
    return set(usable[half:]), set(usable[:half] or usable)


def nothing_to_help_with() -> bool:
    """For ticks of which no part can be done by another thread."""
    return False


def thread_switches() -> int:
    """How often the system gave the processor of the calling thread to another thread."""
    usage = resource.getrusage(resource.RUSAGE_THREAD)
    return usage.ru_nvcsw + usage.ru_nivcsw


class Clock:
    """Calls `tick` once per block. `now`, `worked`, `switches` and `sleep` are those of the system, or simulated.

    `help_out` is called by one thread while another is in a long `tick`: it does what it can of it until nothing is
    left, and returns False when there was nothing yet.

    A thread that had its processor all the time as far as the system knows, and computed for less than that, was halted
    by an interrupt or by the host of a virtual machine: that is noted as taken away.

    During a tick `number` counts the periods since the start, skipped ones too, and `deadline_s` is when it was due.
    """

    def __init__(
        self,
        tick: Callable[[], None],
        help_out: Callable[[], bool] = nothing_to_help_with,
        *,
        block: int = BLOCK,
        now: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.thread_time,
        switches: Callable[[], int] = thread_switches,
        sleep: Callable[[float], None] = time.sleep,
        storage: NDArray[np.void] | None = None,
    ) -> None:
        self._tick = tick
        self._help = help_out
        self._now = now
        self._worked = worked
        self._switches = switches
        self._sleep = sleep
        self.period_s = block / SAMPLE_RATE
        self.account = TickAccount(self.period_s, storage)
        self.number = 0
        self.deadline_s = 0.0
        self._start = 0.0
        self._next = 0
        self._ticking = threading.Lock()
        self._under_way: int | None = None
        self._helped_s = self._counted_s = 0.0
        self._helps = False
        self._is_over = False
        self._failure: BaseException | None = None

    def run(self, is_over: Callable[[], bool], *, start_s: float | None = None) -> None:
        """Tick until `is_over`. A late tick is followed at once by the next: none is lost, no timestamp drifts.

        The first tick is due at `start_s`, or now.
        """
        self._start = self._now() if start_s is None else start_s
        self._next = 0
        self._keep_time(is_over, 0.0)

    def run_with_standby(
        self, is_over: Callable[[], bool], *, start_s: float | None = None, helps: bool = False
    ) -> None:
        """As `run`, with a second thread on other processors, which does a tick that has not begun in time.

        If it `helps`, it also does its part of one that takes long: caches are cold, and the other thread of a core is
        busy, when others compile. That is for threads with real-time priority: one that loses its processor in the
        middle of its part keeps the tick from ending.

        Whatever priority a thread has, it does not get a processor that is at work in the kernel: of a worker that
        sends to a thousand viewers for instance, for up to 8 ms (net.core.netdev_budget_usecs), unless the kernel is
        one that can be preempted.
        """
        ours, theirs = processors_apart()
        self._start = self._now() if start_s is None else start_s
        self._next = 0
        self._is_over, self._failure = False, None
        # On one processor, the thread that begins a tick would wait for one that it keeps from going on.
        self._helps = helps and not ours & theirs
        standby = threading.Thread(target=self._stand_by, args=(is_over, theirs), name="clock-standby")
        standby.start()
        try:
            # Of this thread only.
            os.sched_setaffinity(0, ours)
            self._keep_time(lambda: self._is_over or is_over(), 0.0)
        finally:
            self._is_over = True
            standby.join()
            os.sched_setaffinity(0, ours | theirs)
        if self._failure is not None:
            raise self._failure

    def _stand_by(self, is_over: Callable[[], bool], processors: set[int]) -> None:
        try:
            os.sched_setaffinity(0, processors)
            self._keep_time(lambda: self._is_over or is_over(), STANDBY_S)
        except BaseException as error:  # noqa: BLE001 - raised in the thread that runs the clock
            self._failure = error
        finally:
            self._is_over = True

    def _keep_time(self, is_over: Callable[[], bool], behind_s: float) -> None:
        """Look at each deadline, or `behind_s` later, and do the tick unless another thread has begun it."""
        while not is_over():
            number = self._next
            wait = self._start + number * self.period_s + behind_s - self._now()
            if wait > 0.0:
                self._sleep(wait)
            self._help_while_under_way(is_over)
            if number != self._next:
                continue
            with self._ticking:
                if number == self._next and not is_over():
                    self._do(number)

    def _do(self, number: int) -> None:
        deadline = self._start + number * self.period_s
        began = self._now()
        late = began - deadline
        if late > _GIVE_UP_S:
            given_up = int(late / self.period_s)
            self.account.skip(given_up)
            self._next = number + given_up
            return
        self._next = number + 1
        self.number, self.deadline_s = number, deadline
        before, switches = self._worked(), self._switches()
        self._under_way = number
        try:
            self._tick()
        finally:
            self._under_way = None
        busy, work = self._now() - began, self._worked() - before
        if self._switches() == switches:
            self.account.take_away(self.account.at, busy - work)
        # What was helped may be known only when the tick is over; it then counts with the next.
        helped = self._helped_s
        work += helped - self._counted_s
        self._counted_s = helped
        self.account.add(max(late, 0.0), busy, work)

    def _help_while_under_way(self, is_over: Callable[[], bool]) -> None:
        """Help with the tick that another thread is in, if there is one; returns when nothing is left of it to do."""
        number = self._under_way
        if number is None or not self._helps:
            return
        early = self._start + number * self.period_s + HELP_S - self._now()
        if early > 0.0:
            self._sleep(early)
        while number == self._under_way and not is_over():
            at, began = self.account.at, self._now()
            before, switches = self._worked(), self._switches()
            if self._help():
                worked = self._worked() - before
                self._helped_s += worked
                if self._switches() == switches:
                    self.account.take_away(at, self._now() - began - worked)
                return
            self._sleep(LOOK_S)
