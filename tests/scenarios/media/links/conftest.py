"""A media worker for scenarios over a bad network."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.media_worker import MediaWorker, media_worker


@pytest.fixture
async def worker(valkey_url: str) -> AsyncIterator[MediaWorker]:
    """A worker of this test's own."""
    async with media_worker(valkey_url) as running:
        yield running
