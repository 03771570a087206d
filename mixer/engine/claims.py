"""Which thread renders which session of a block: each takes the next that nobody has, until none is left.

A claim names its block, so who comes when that is done, or the next one has begun, gets nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.compiled import kernel
from mixer.engine.atomics import add, load, pause, replace, store

# The number of the block that is rendered times _SESSIONS, and how many of its sessions are taken.
_TAKEN: Final = 0
# How many are done; in another cache line.
_DONE: Final = 8
_WORDS: Final = 16
_SESSIONS: Final = 1 << 16
_TURNS: Final = 20_000


def no_claims() -> NDArray[np.int64]:
    """Before the first block, which is 0 or later."""
    claims = np.zeros(_WORDS, np.int64)
    claims[_TAKEN] = -_SESSIONS
    return claims


@kernel
def offer(claims: NDArray[np.int64], number: int) -> None:
    """Let the sessions of block `number` be claimed. Those of the one before are done."""
    store(claims, _DONE, 0)
    store(claims, _TAKEN, number * _SESSIONS)


@kernel
def claim(claims: NDArray[np.int64], number: int, sessions: int) -> int:
    """The index of a session that is the caller's now; −1 when none of block `number` is left."""
    while True:
        taken = load(claims, _TAKEN)
        index = taken - number * _SESSIONS
        if index < 0 or index >= sessions:
            return -1
        if replace(claims, _TAKEN, taken, taken + 1):
            return int(index)


@kernel
def finish(claims: NDArray[np.int64]) -> None:
    """Say that a session that was claimed is done."""
    add(claims, _DONE, 1)


@kernel
def are_done(claims: NDArray[np.int64], sessions: int) -> bool:
    """Whether all sessions are done. Looks for a millisecond or so, several sessions long, before it says no."""
    for _ in range(_TURNS):
        if load(claims, _DONE) == sessions:
            return True
        pause()
    return False
