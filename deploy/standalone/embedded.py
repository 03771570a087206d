"""One embedded database server: prepared, started, waited for, stopped, without leaving an orphan."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.standalone.account import AccountError, ServiceAccount, service_account

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 20.0
POLL_S: Final = 0.02
# sun_path holds 108 bytes with its closing zero; the longest socket name in a folder is ".s.PGSQL.5432.lock".
MAX_SOCKET_DIR_BYTES: Final = 107 - len("/.s.PGSQL.5432.lock")
PR_SET_PDEATHSIG: Final = 1

_libc = ctypes.CDLL(None, use_errno=True)


class ServerFailed(Exception):
    """A server did not start or did not stop; the message ends with what it said last."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a program, and which signals end it."""

    argv: tuple[str, ...]
    account: ServiceAccount | None
    stop_signal: signal.Signals
    env: dict[str, str] | None = None
    cwd: Path = Path("/")


def die_with_parent(sig: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `sig` to the child when the thread that started it ends, SIGKILL included.

    Only ever start such children from the main thread: the kernel looks at the thread, not at the process.
    """
    parent = os.getpid()

    def apply() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the line above took hold
            os._exit(1)

    return apply


def account_options(account: ServiceAccount | None) -> dict[str, Any]:
    """The arguments of subprocess calls that run a program as `account`."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def socket_dir(data_dir: Path) -> Path:
    """A folder for sockets that is stable for `data_dir` and short enough for a socket's address."""
    beside = data_dir.with_name(f"{data_dir.name}.sockets")
    if len(os.fsencode(beside)) <= MAX_SOCKET_DIR_BYTES:
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"nrs-live-{digest}"


class EmbeddedServer(ABC):
    """A server whose files live in `data_dir`, reachable by a unix socket only."""

    name: str
    hushed: tuple[str, ...] = ()
    """Words of lines in its output that mean nothing here."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.absolute()
        self.sockets = socket_dir(self.data_dir)
        self.log = self.data_dir.with_name(f"{self.data_dir.name}.log")
        self.account = service_account()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def launch(self) -> Launch:
        """The command that runs the server in the foreground."""

    @abstractmethod
    def is_ready(self, pid: int) -> bool:
        """Whether the server with this process id accepts connections."""

    def prepare(self) -> None:
        """Make folders (and whatever the server needs in them). Raises AccountError, ServerFailed."""
        if self.account and (closed := self.account.first_closed_parent(self.data_dir)):
            raise AccountError(
                f"The service account may not enter {closed}: allow it (chmod o+x {closed}) or set DATA_DIR elsewhere."
            )
        owners = {os.geteuid(), self.account.uid} if self.account else {os.geteuid()}
        for folder in (self.data_dir, self.sockets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if folder.stat().st_uid not in owners:
                raise AccountError(f"{folder} belongs to someone else: remove it or set DATA_DIR elsewhere.")
            folder.chmod(0o700)
            if self.account:
                self.account.own(folder)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Prepare, start and wait until it accepts connections. Call from the main thread. Raises ServerFailed."""
        if self.pid is not None:
            return
        self.prepare()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._try_start(deadline):
            # After a kill the old server's children hold its shared memory for a moment: try again.
            time.sleep(0.2)

    def _try_start(self, deadline: float) -> bool:
        launch = self.launch()
        with self.log.open("ab") as log:
            self._process = process = subprocess.Popen(  # noqa: S603 our own command
                launch.argv,
                cwd=launch.cwd,
                env=launch.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(launch.stop_signal),
                **account_options(launch.account),
            )
        while process.poll() is None:
            if self.is_ready(process.pid):
                return True
            if time.monotonic() > deadline:
                self.kill()
                break
            time.sleep(POLL_S)
        if time.monotonic() > deadline or not self.may_retry():
            raise ServerFailed(f"{self.name} did not start: {self.last_words()}")
        return False

    def may_retry(self) -> bool:
        """Whether the failed start just seen is one that passes by itself."""
        return False

    def last_words(self) -> str:
        """The end of the server's log, for an error message."""
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except FileNotFoundError:
            lines = []
        return " | ".join(lines[-3:]) or "it said nothing"

    def stop(self) -> None:
        """End it in order and wait; kill it when that takes too long. Does nothing when it is not running."""
        if (process := self._process) is None:
            return
        if process.poll() is None:
            process.send_signal(self.launch().stop_signal)
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.kill()
                raise ServerFailed(f"{self.name} did not stop within {STOP_TIMEOUT_S:.0f} s and was killed") from None
        self._process = None

    def kill(self) -> None:
        """End it at once, as a crash would (SIGKILL), and wait until it is gone."""
        if (process := self._process) is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        self._process = None
