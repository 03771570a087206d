"""What the worker needs from outside, as whoever wires it gives it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol


class ObjectGone(LookupError):
    """There is no object of this key."""


class ObjectsUnavailable(Exception):
    """The store of objects cannot be reached, or has no room."""


class Objects(Protocol):
    """Where the originals of tracks are, and recordings go."""

    def pieces(self, key: str) -> AsyncIterator[bytes]:
        """An object in pieces of a megabyte or so. Raises ObjectGone, ObjectsUnavailable."""
        ...

    async def put_file(self, key: str, path: Path) -> None:
        """Copy a file there, whole or not at all. Raises ObjectsUnavailable."""
        ...
