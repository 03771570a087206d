"""A worker's viewers have their transport feedback read in the form that was chosen when it started."""

from __future__ import annotations

from structlog.testing import capture_logs

from tests.support.media_worker import media_worker


async def test_what_reads_feedback_is_compiled_before_a_worker_serves(valkey_url: str) -> None:
    with capture_logs() as logs:
        async with media_worker(valkey_url):
            chosen = [log for log in logs if log["event"] == "reading of feedback chosen"]
    assert [log["form"] for log in chosen] == ["kernel"]
