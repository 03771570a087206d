"""What all commands to a session have in common."""

from __future__ import annotations

from dataclasses import dataclass


class InvalidCommand(ValueError):
    """A command that cannot be read, or whose values make no sense."""


@dataclass(frozen=True, slots=True)
class Command:
    """The base of all commands."""


@dataclass(frozen=True, slots=True)
class DeckCommand(Command):
    """The base of commands to one deck, counted from 0."""

    deck: int
