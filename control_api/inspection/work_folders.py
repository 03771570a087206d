"""Folders in which files are looked at. Of a worker that died, the next one removes them."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PREFIX = "inspection-"
LOCK = "lock"


class WorkFolders:
    """Folders below `root`. Each holds a lock of the process that made it, which ends with that process."""

    def __init__(self, root: Path | None) -> None:
        self._root = root or Path(tempfile.gettempdir()) / "nrs-live-inspection"

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """A new folder, gone with all that is in it at the end."""
        path, lock = await asyncio.to_thread(self._make)
        try:
            yield path
        finally:
            # Not awaited: it must be done, also when the task is cancelled.
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)

    def remove_leftovers(self) -> int:
        """Remove what workers left behind that died; how many folders it was."""
        removed = 0
        for path in self._root.glob(f"{PREFIX}*"):
            try:
                lock = os.open(path / LOCK, os.O_RDWR)
            except FileNotFoundError:
                continue  # being made, or being removed
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            else:
                shutil.rmtree(path, ignore_errors=True)
                removed += 1
            finally:
                os.close(lock)
        return removed

    def _make(self) -> tuple[Path, int]:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._root))
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return path, lock
