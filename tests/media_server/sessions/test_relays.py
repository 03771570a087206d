"""A stream published at one worker is watched at another, which pulls it once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.several_workers import Workers, several_workers
from tests.support.waiting import eventually


@pytest.fixture
async def workers(valkey_url: str) -> AsyncIterator[Workers]:
    async with several_workers(valkey_url) as started:
        yield started


async def test_what_is_published_at_one_worker_is_watched_at_another(workers: Workers) -> None:
    origin, edge = await workers.start(), await workers.start()
    publisher = await origin.publish("s")
    workers.directory.origins["s"] = origin.url
    viewers = [await edge.watch("s") for _ in range(3)]
    await eventually(lambda: all(len(viewer.whole_frames) > 30 and viewer.audio for viewer in viewers))
    assert len(workers.directory.asked) == 1
    assert all(viewer.client.undecryptable == 0 for viewer in viewers)
    # The origin has one session for all of them, and counts no viewer.
    assert (await (await origin.request("GET", "/health")).json())["viewers"] == 0
    assert publisher.repaired == 0
    await edge.until_room("s", "live")
    assert (await edge.room("s"))["role"] == "edge"
    assert (await origin.room("s"))["role"] == "origin"
