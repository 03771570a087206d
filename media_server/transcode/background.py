"""Where work that takes milliseconds is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Background(Protocol):
    """Runs `work` somewhere and later hands its result to `done`, where the caller runs."""

    def __call__(self, work: Callable[[], T], done: Callable[[T], None]) -> None: ...
