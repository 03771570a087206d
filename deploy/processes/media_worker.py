"""`python -m deploy.processes.media_worker`: one media worker."""

from __future__ import annotations

import sys

from pydantic import ValidationError

from deploy import logs
from deploy.processes.running import refuse, run_until_signal
from deploy.processes.settings import ProcessSettings, sentences
from media_server.settings import WorkerSettings
from media_server.worker import run_worker


def main() -> int:
    try:
        process, settings = ProcessSettings(), WorkerSettings()
    except ValidationError as error:
        return refuse(sentences(error))
    logs.configure(production=process.is_production, level=process.log_level)
    return run_until_signal("media worker", lambda: run_worker(settings))


if __name__ == "__main__":
    sys.exit(main())
