"""Starts the product's programs for tests, and ends them whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from deploy.standalone.embedded import die_with_parent

REPOSITORY = Path(__file__).resolve().parents[2]
END_TIMEOUT_S = 30.0
_KEPT = ("PATH", "HOME", "LANG", "USER")


class Program:
    """A running program and what it has said."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def end(self, sig: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; returns its exit status. Raises subprocess.TimeoutExpired when it does not."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(END_TIMEOUT_S)


@contextmanager
def running(module: str, environment: Mapping[str, str], log: Path, *arguments: str) -> Iterator[Program]:
    """Run `python -m module` with `environment` and nothing else of ours but the bare necessities."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=REPOSITORY,
            env=kept | {"PYTHONUNBUFFERED": "1"} | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    program = Program(process, log)
    try:
        yield program
    except BaseException:
        print(f"--- {module} said:\n{program.output}")  # pytest shows it beside the failure
        raise
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended; nobody may have waited for it yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
