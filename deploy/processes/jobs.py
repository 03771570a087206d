"""`python -m deploy.processes.jobs`: one worker that looks at files, and whatever else is done later."""

from __future__ import annotations

import sys

from pydantic import ValidationError

from control_api.jobs.process import JobsProcess
from control_api.jobs.settings import JobSettings
from deploy import logs
from deploy.processes.running import refuse, run_until_signal
from deploy.processes.settings import ProcessSettings, sentences


def main() -> int:
    try:
        process, settings = ProcessSettings(), JobSettings()
    except ValidationError as error:
        return refuse(sentences(error))
    logs.configure(production=process.is_production, level=process.log_level)
    return run_until_signal("jobs", JobsProcess(settings).run)


if __name__ == "__main__":
    sys.exit(main())
