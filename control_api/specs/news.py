"""That what is wanted of a stream has changed."""

import asyncio


class SpecChanges:
    """Implements `streams.spec_news.SpecNews`. `wanted` is set when the keeper of this process should not wait for its
    next round."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()

    def spec_changed(self) -> None:
        self.wanted.set()
