"""Who goes away amid an answer is no fault of ours."""

from __future__ import annotations

import structlog

from media_server.http.errors import render_errors
from tests.support.leaving_client import leave_amid_answer


async def test_a_worker_says_nothing_of_it() -> None:
    with structlog.testing.capture_logs() as said:
        assert isinstance(await leave_amid_answer(render_errors), ConnectionError)
    assert said == []
