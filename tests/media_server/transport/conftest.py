"""The stage on which the transport is tested."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.media_server.transport.fanout_wire import Wire
from tests.media_server.transport.stage import TransportStage, transport_stage


@pytest.fixture
async def stage() -> AsyncIterator[TransportStage]:
    async with transport_stage() as made:
        yield made


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()
