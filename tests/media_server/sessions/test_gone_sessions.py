"""Sessions that have gone are freed without the garbage collector, whose full collections stall everybody else."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from media_server.sessions.publisher import PublisherSession
from media_server.sessions.viewer import ViewerSession
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually


@pytest.fixture
def _without_collector() -> Iterator[None]:
    yield
    gc.enable()


def alive(kind: type) -> list[weakref.ref[object]]:
    return [weakref.ref(found) for found in gc.get_objects() if isinstance(found, kind)]


@pytest.mark.usefixtures("_without_collector")
async def test_viewers_and_publishers_who_have_gone_are_freed(worker: MediaWorker) -> None:
    gc.collect()
    gc.disable()
    before = len(alive(ViewerSession)), len(alive(PublisherSession))
    publisher = await worker.publish("s")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.video) > 20)
    sessions = alive(ViewerSession)[before[0] :] + alive(PublisherSession)[before[1] :]
    assert len(sessions) == 2
    for peer in (viewer, publisher):
        peer.client.say_goodbye()
    await eventually(lambda: [session() for session in sessions] == [None, None])
