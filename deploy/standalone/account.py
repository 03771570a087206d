"""Who runs the database servers: ourselves, or a service account when we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SERVICE_NAME: Final = "nrs-live"


class AccountError(Exception):
    """The servers cannot be run as they should be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """An unprivileged account. PostgreSQL refuses to run as root, so root runs the servers as this one."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)

    def first_closed_parent(self, path: Path) -> Path | None:
        """The highest existing parent of `path` that this account may not enter, if there is one."""
        for parent in reversed(path.absolute().parents):
            if not parent.exists():
                return None
            state = parent.stat()
            bit = 0o100 if state.st_uid == self.uid else 0o010 if state.st_gid == self.gid else 0o001
            if not state.st_mode & bit:
                return parent
        return None


def service_account() -> ServiceAccount | None:
    """The account to run servers as: None when we are not root. Root creates it on first use."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SERVICE_NAME)
    except KeyError:
        entry = _create()
    return ServiceAccount(entry.pw_uid, entry.pw_gid)


def _create() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    command += ["--shell", "/usr/sbin/nologin", SERVICE_NAME]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 constant arguments
    except FileNotFoundError:
        raise AccountError(f"No useradd here: create a system account named {SERVICE_NAME} and start again.") from None
    try:
        # useradd also fails when another process has just created the account, so look before complaining.
        return pwd.getpwnam(SERVICE_NAME)
    except KeyError:
        reason = done.stderr.strip() or f"exit status {done.returncode}"
        raise AccountError(
            f"The system account {SERVICE_NAME} could not be created ({reason}): create it and start again."
        ) from None


def make_passable(folder: Path) -> None:
    """Make `folder` and its missing parents so that any account may pass, whatever the umask says."""
    if folder.is_dir():
        return
    make_passable(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
