"""What streams have to tell of themselves to who writes what is wanted of them."""

from typing import Protocol


class SpecNews(Protocol):
    def spec_changed(self) -> None:
        """What is wanted of a live stream is not what it was. A hint, given after the change is committed."""
