"""One host a module, because starting one takes a second."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.mixer.host.rig import HostRig, running_host


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HostRig]:
    async with running_host(tmp_path_factory.mktemp("host")) as running:
        yield running
