"""The one place that publishers of a kind have in a room: the newest generation takes it."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar


class Seated(Protocol):
    """A session that may have the place."""

    @property
    def generation(self) -> int:
        """That of its token."""

    def close(self, reason: str) -> None:
        """End the session."""


S = TypeVar("S", bound=Seated)


class Seat(Generic[S]):
    """`current` has it, and one more may be on its way, so that who comes does not cut off who is there."""

    def __init__(self) -> None:
        self.current: S | None = None
        self.generation = 0
        self._expected: S | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nobody is here or on the way."""
        return self.current is None and self._expected is None

    @property
    def sessions(self) -> list[S]:
        """Who is here and who is on the way."""
        return [session for session in (self.current, self._expected) if session is not None]

    def is_taken(self, generation: int) -> bool:
        """Whether a session of `generation` or a newer one is here."""
        return self.current is not None and self.generation >= generation

    def is_superseded(self, generation: int) -> bool:
        """Whether a newer session than one of `generation` has been here or is on its way."""
        expected = self._expected.generation if self._expected is not None else 0
        return generation < max(self.generation, expected)

    def expect(self, session: S) -> None:
        """`session` is on its way, in place of whoever else was."""
        if self._expected is not None:
            self._expected.close("replaced by a newer attempt")
        self._expected = session

    def take(self, session: S) -> None:
        """`session` is here; who was is closed."""
        previous, self.current = self.current, session
        self._expected = None
        self.generation = session.generation
        if previous is not None:
            previous.close("taken over by a newer one")

    def leave(self, session: S) -> bool:
        """`session` is over. Whether the place is empty by that."""
        if session is self._expected:
            self._expected = None
        if session is not self.current:
            return False
        self.current = None
        return True
