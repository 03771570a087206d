"""The application's database, for services that a test makes itself."""

from collections.abc import AsyncIterator

import pytest

from control_api.db.pool import Database
from tests.control_api.support.api import Api


@pytest.fixture
async def database(api: Api) -> AsyncIterator[Database]:
    database = Database(api.settings.database_url.get_secret_value(), size=3, timeout_s=5, command_timeout_s=5)
    await database.open()
    yield database
    await database.close()
