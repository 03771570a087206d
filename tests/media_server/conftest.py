"""A media worker for tests that speak to it as its clients do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.media_worker import MediaWorker, media_worker


@pytest.fixture
async def worker(valkey_url: str) -> AsyncIterator[MediaWorker]:
    """A worker of this test's own, with a grace period of a second."""
    async with media_worker(valkey_url, publish_grace_s=1.0) as running:
        yield running
