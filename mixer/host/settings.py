"""What a host is told when it is made, and what it answers when something cannot be done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from mixer.dsp.units import BLOCK


class Bus(IntEnum):
    """What of a session can be encoded or tapped."""

    PROGRAMME = 0
    CUE = 1
    RECORD = 2


@dataclass(frozen=True, slots=True)
class HostSettings:
    """`tracks_folder` and its bound are those of the TrackStore; `state_folder` is where sessions outlive the worker.

    `real_time`: ask for SCHED_FIFO for the clock. `block`: frames a tick, a whole number of quanta that divides the
    ring. `encoder_threads`: None for one a core.
    """

    capacity: int
    tracks_folder: Path
    tracks_max_bytes: int
    state_folder: Path
    real_time: bool = True
    block: int = BLOCK
    encoder_threads: int | None = None


class HostFull(RuntimeError):
    """Every place for a session is taken."""


class NotAdmitted(RuntimeError):
    """There is a place, but the engine has no time left for another session."""


class HostBusy(RuntimeError):
    """More commands of a session wait for the engine than are kept."""


class UnknownSession(LookupError):
    """No session of that name is open."""
