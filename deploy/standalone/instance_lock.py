"""One supervisor per data folder."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Final

FILE_NAME: Final = "supervisor.lock"


class AlreadyRunning(Exception):
    """Another supervisor works on this data; the message says which, and what to do."""


class InstanceLock:
    """Held until `release` or the end of the process, whatever ends it: the kernel keeps it, not the file."""

    def __init__(self, data_dir: Path, address: str) -> None:
        """Raises AlreadyRunning."""
        path = data_dir / FILE_NAME
        self._file = path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = _holder(self._file.read())
            self._file.close()
            raise AlreadyRunning(
                f"NRS Live already runs on the data in {data_dir}{holder}: use that one, end it, or set DATA_DIR."
            ) from None
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "address": address}, self._file)
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def _holder(text: str) -> str:
    try:
        held = json.loads(text)
        return f" (process {held['pid']}, {held['address']})"
    except (ValueError, KeyError, TypeError):  # it has locked the file and not yet written its name
        return ""
