"""PostgreSQL from its wheel, on a unix socket."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from deploy.standalone.embedded import EmbeddedServer, Launch, ServerFailed, account_options
from deploy.standalone.programs import postgres_bin

SUPERUSER = "postgres"
# Written to postmaster.pid: the process id in line 1, the state in line 8.
PID_LINE, STATE_LINE = 0, 7


class EmbeddedPostgres(EmbeddedServer):
    """With `durable=False` a crash of the machine (not of the server) may lose everything, which suits tests."""

    name = "PostgreSQL"

    def __init__(self, data_dir: Path, durable: bool = True, max_connections: int = 60) -> None:
        super().__init__(data_dir)
        self._durable = durable
        self._max_connections = max_connections
        self._bin = postgres_bin(copied=self.account is not None)

    def dsn(self, database: str = SUPERUSER) -> str:
        """The URL of one of its databases, for asyncpg and libpq."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def prepare(self) -> None:
        super().prepare()
        if (self.data_dir / "PG_VERSION").exists():
            return
        # C.UTF-8 of the built-in provider: the same order and case rules on every machine, whatever its libc has.
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        argv = (
            self._bin / "initdb",
            "-D",
            self.data_dir,
            "-U",
            SUPERUSER,
            "--auth=trust",
            "--no-instructions",
            *locale,
        )
        done = subprocess.run(  # noqa: S603 our own command
            [*argv, *(() if self._durable else ("--no-sync",))],
            check=False,
            cwd="/",
            capture_output=True,
            text=True,
            **account_options(self.account),
        )
        if done.returncode != 0:
            raise ServerFailed(f"PostgreSQL could not make its files in {self.data_dir}: {done.stderr.strip()}")

    def launch(self) -> Launch:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": str(self._max_connections),
            "shared_buffers": "64MB",
            # Errors of statements are the client's to log; what ends or prevents the server is always said.
            "log_min_messages": "fatal",
            "log_line_prefix": "",
        }
        if not self._durable:
            # Commits are still written (not flushed) before they are answered: they survive a crash of the server.
            options |= {"fsync": "off", "full_page_writes": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        argv = (str(self._bin / "postgres"), "-D", str(self.data_dir), *settings)
        return Launch(argv, self.account, signal.SIGINT)  # "fast shutdown": does not wait for clients to leave

    def is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # The file of a killed server still says "ready", but with the old process id.
        return len(lines) > STATE_LINE and lines[PID_LINE] == str(pid) and lines[STATE_LINE].strip() == "ready"

    def may_retry(self) -> bool:
        words = self.last_words()
        return "pre-existing shared memory block" in words or "lock file" in words
