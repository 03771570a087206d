"""Orders on their way to the engine: what was not sent yet, and what was sent but is in no copy yet."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

from mixer.host.messages import Kind, Order

MAX_WAITING = 512
"""Orders of one session that are kept. The engine takes thousands a second, so only a lost one leaves so many."""
MAX_ENGINES = 3
"""A command that so many engines were lost over is refused: it may be what they died of."""


class Journal:
    """Orders from the oldest that no copy of a session has yet."""

    def __init__(self) -> None:
        self._sent: deque[Order] = deque()
        self._waiting: deque[Order] = deque()
        self._by_place: Counter[int] = Counter()
        self._engines: Counter[int] = Counter()

    def is_full(self, place: int) -> bool:
        """Whether no more orders of a session are kept."""
        return self._by_place[place] >= MAX_WAITING

    def add(self, order: Order) -> None:
        """Keep an order."""
        self._waiting.append(order)
        self._by_place[order.place] += 1

    @property
    def next(self) -> Order | None:
        """What is to be sent next."""
        return self._waiting[0] if self._waiting else None

    def sent(self) -> None:
        """`next` is on its way."""
        self._sent.append(self._waiting.popleft())

    def forget(self, number: int) -> None:
        """Everything up to `number` is in a copy."""
        while self._sent and self._sent[0].number <= number:
            order = self._sent.popleft()
            self._by_place[order.place] -= 1
            self._engines.pop(order.number, None)

    def recall(self) -> list[Order]:
        """The engine is lost: everything is to be sent again, but commands that are refused, which are returned."""
        refused = []
        kept: list[Order] = []
        for order in self._sent:
            self._engines[order.number] += 1
            if order.kind is Kind.APPLY and self._engines[order.number] >= MAX_ENGINES:
                refused.append(order)
                self._by_place[order.place] -= 1
                del self._engines[order.number]
            else:
                kept.append(order)
        self._sent.clear()
        self._waiting.extendleft(reversed(kept))
        return refused

    @property
    def last(self) -> int:
        """The number of the newest order that is to be sent; 0 for none."""
        return self._waiting[-1].number if self._waiting else 0

    def of(self, place: int, *, after: int) -> Iterator[Order]:
        """The orders of a session that a copy with the orders up to `after` has not."""
        return (order for order in (*self._sent, *self._waiting) if order.place == place and order.number > after)
