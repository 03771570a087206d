"""`python -m deploy.processes.media_worker`: one media worker."""

from __future__ import annotations

import sys

import structlog
from pydantic import ValidationError

from deploy import logs
from deploy.processes.running import refuse, run_until_signal
from deploy.processes.settings import ProcessSettings, sentences
from media_server.settings import WorkerSettings
from media_server.worker import run_worker

log = structlog.get_logger("deploy.processes.media_worker")


def main() -> int:
    try:
        process, settings = ProcessSettings(), WorkerSettings()
    except ValidationError as error:
        return refuse(sentences(error))
    logs.configure(production=process.is_production, level=process.log_level)

    def ready(port: int) -> None:
        log.info("media_worker_ready", worker_id=settings.worker_id, port=port)

    return run_until_signal("media worker", lambda: run_worker(settings, on_ready=ready))


if __name__ == "__main__":
    sys.exit(main())
