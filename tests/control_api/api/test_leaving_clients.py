"""Who goes away amid an answer is no fault of ours."""

from __future__ import annotations

import structlog

from control_api.api.middleware.errors import error_envelopes
from tests.support.leaving_client import leave_amid_answer


async def test_the_api_says_nothing_of_it() -> None:
    with structlog.testing.capture_logs() as said:
        assert isinstance(await leave_amid_answer(error_envelopes), ConnectionError)
    assert said == []
