"""One host a module, because starting one takes a second."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.mixer.host.rig import HostRig, running_host


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host_of_this_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HostRig]:
    async with running_host(tmp_path_factory.mktemp("host")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def rig(host_of_this_module: HostRig) -> AsyncIterator[HostRig]:
    """The host, on which no session is open but the test's own."""
    host_of_this_module.refused.clear()
    yield host_of_this_module
    for session_id in host_of_this_module.host.session_ids:
        host_of_this_module.host.close(session_id)
