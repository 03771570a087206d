"""A link of limited capacity with a queue before it, on whatever clock its caller has."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.lossy_link import Scheduler


@dataclass
class Bottleneck:
    """One direction. What would wait longer than `queue_s` is dropped; `loss` is a probability beside that.

    `capacity_bps` may be changed at any time, and holds for what is sent from then on.
    """

    capacity_bps: float
    queue_s: float = 0.3
    delay_s: float = 0.02
    loss: float = 0.0
    seed: int = 0
    lost: int = 0
    _busy_until: float = 0.0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311

    def waiting_s(self, now: float) -> float:
        """How long a packet sent now would wait for those before it."""
        return max(0.0, self._busy_until - now)

    def send(self, size: int, now: float) -> float | None:
        """When `size` bytes sent now arrive; None when they do not."""
        if self.waiting_s(now) > self.queue_s:
            self.lost += 1
            return None
        self._busy_until = max(now, self._busy_until) + 8 * size / self.capacity_bps
        if self._random.random() < self.loss:
            self.lost += 1
            return None
        return self._busy_until + self.delay_s

    def carry(self, deliver: Callable[[], None], later: Scheduler, *, size: int) -> None:
        """The same in real time, in place of a `LossyLink`."""
        now = time.monotonic()
        arrives_at = self.send(size, now)
        if arrives_at is not None:
            later(arrives_at - now, deliver)
