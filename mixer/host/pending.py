"""What the devices of a session sent and no copy of it shows yet."""

from __future__ import annotations

from collections import deque


class Pending:
    """Bounded by the journal: what is not in a copy is there."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, str, int]] = deque()

    def note(self, source: str, seq: int, order: int, *, applied: int) -> None:
        """The command `seq` of `source` went out as `order`, above all before; those up to `applied` are in a copy."""
        self._forget(applied)
        self._sent.append((order, source, seq))

    def firsts(self, *, applied: int) -> dict[str, int]:
        """Of each source with something that is not among the orders up to `applied`, the lowest number of that."""
        self._forget(applied)
        found: dict[str, int] = {}
        for _, source, seq in self._sent:
            found[source] = min(seq, found.get(source, seq))
        return found

    def _forget(self, applied: int) -> None:
        while self._sent and self._sent[0][0] <= applied:
            self._sent.popleft()
