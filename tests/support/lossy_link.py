"""A bad network, the same one each time: what happens to each datagram follows from the seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

Scheduler = Callable[[float, Callable[[], None]], object]


class Link(Protocol):
    """One direction of a network; `lost` counts what did not arrive."""

    lost: int

    def carry(self, deliver: Callable[[], None], later: Scheduler, *, size: int) -> None:
        """Call `deliver` as often as one datagram of `size` bytes arrives, at once or through `later`."""


@dataclass
class LossyLink:
    """One direction. `loss`, `duplicate` and `reorder` are probabilities; a reordered datagram comes `late_s` later."""

    seed: int = 0
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_s: float = 0.0
    late_s: float = 0.02
    lost: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311

    def carry(self, deliver: Callable[[], None], later: Scheduler, *, size: int = 0) -> None:
        """Call `deliver` as often as one datagram arrives: at once, or through `later(delay_s, deliver)`."""
        if self._random.random() < self.loss:
            self.lost += 1
            return
        copies = 2 if self._random.random() < self.duplicate else 1
        for _ in range(copies):
            delay_s = self.delay_s + (self.late_s if self._random.random() < self.reorder else 0.0)
            if delay_s:
                later(delay_s, deliver)
            else:
                deliver()
