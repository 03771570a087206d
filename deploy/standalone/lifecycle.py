"""What happens to one child of the supervisor, as a state machine without processes, clocks or tasks.

WAITING ─spawned─▶ STARTING ─ready─▶ RUNNING
                      │ ▲               │ exited
          first start │ └─spawned─ BACKING_OFF ◀┘
                      ▼
                    FAILED                        stop, from any state ─▶ STOPPING ─exited─▶ STOPPED
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

FIRST_DELAY_S: Final = 0.5
LAST_DELAY_S: Final = 30.0
STEADY_S: Final = 30.0  # a child that ran this long starts again at the shortest delay


class State(Enum):
    WAITING = auto()
    STARTING = auto()
    RUNNING = auto()
    BACKING_OFF = auto()
    STOPPING = auto()
    STOPPED = auto()
    FAILED = auto()


class Step(Enum):
    """What the owner of the process is to do next."""

    SPAWN = auto()
    PROBE = auto()  # ask whether it is ready
    WATCH = auto()  # nothing but wait: for its end, or for `deadline`
    TERMINATE = auto()
    KILL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a child may take, in seconds."""

    start_s: float = 60.0
    stop_s: float = 10.0


class Lifecycle:
    """Fed with what happened and asked for the next step. All times are seconds of one monotonic clock."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self._limits = limits
        self.state = State.WAITING
        self.restarts = 0
        self.delay_s = 0.0
        self.deadline: float | None = None
        self._was_ready = False
        self._failures = 0
        self._ready_at = 0.0
        self._is_terminated = False
        self._is_killed = False

    def step(self, *, now: float) -> Step:
        late = self.deadline is not None and now >= self.deadline
        match self.state:
            case State.WAITING:
                return Step.SPAWN
            case State.STARTING:
                if not late:
                    return Step.PROBE
                return Step.WATCH if self._is_killed else Step.KILL
            case State.RUNNING:
                return Step.WATCH
            case State.BACKING_OFF:
                return Step.SPAWN if late else Step.WATCH
            case State.STOPPING:
                if not self._is_terminated:
                    return Step.TERMINATE
                return Step.KILL if late and not self._is_killed else Step.WATCH
            case State.STOPPED | State.FAILED:
                return Step.END

    def spawned(self, *, now: float) -> None:
        if self.state is State.BACKING_OFF:
            self.restarts += 1
        self.state = State.STARTING
        self.deadline = now + self._limits.start_s
        self._is_killed = False

    def ready(self, *, now: float) -> None:
        if self.state is State.STARTING:
            self.state = State.RUNNING
            self.deadline = None
            self._was_ready = True
            self._ready_at = now

    def exited(self, *, now: float) -> None:
        """The process has ended, for whatever reason, or could not be started."""
        if self.state is State.STOPPING:
            self._end(State.STOPPED)
        elif not self._was_ready:
            # What has never worked will not work by being repeated: a person has to read why.
            self._end(State.FAILED)
        else:
            if self.state is State.RUNNING and now - self._ready_at >= STEADY_S:
                self._failures = 0
            self.delay_s = min(FIRST_DELAY_S * 2**self._failures, LAST_DELAY_S)
            self._failures += 1
            self.state = State.BACKING_OFF
            self.deadline = now + self.delay_s

    def stop(self, *, now: float) -> None:
        match self.state:
            case State.WAITING | State.BACKING_OFF:
                self._end(State.STOPPED)
            case State.STARTING | State.RUNNING:
                self.state = State.STOPPING
                self.deadline = now + self._limits.stop_s
                self._is_killed = False

    def terminated(self) -> None:
        """The stop signal has been sent."""
        self._is_terminated = True

    def killed(self) -> None:
        """SIGKILL has been sent."""
        self._is_killed = True

    def hurry(self, *, now: float) -> None:
        """Asked to stop a second time: do not wait any longer."""
        if self.state is State.STOPPING:
            self.deadline = now

    def _end(self, state: State) -> None:
        self.state = state
        self.deadline = None
