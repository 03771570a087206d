"""What recording needs of the outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Unavailable(Exception):
    """The objects, or the control plane, cannot be reached at present; it is worth trying again."""


class Objects(Protocol):
    """Where recordings are kept."""

    async def put(self, key: str, content: bytes) -> None:
        """Whole or not at all. Raises Unavailable."""


class Events(Protocol):
    """What the control plane has to keep; an event of the same `id` is taken once."""

    async def write(self, event: Mapping[str, Any]) -> None:
        """Raises Unavailable."""
