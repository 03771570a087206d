"""Tells a worker that is gone from one that Valkey has only just forgotten."""

from collections.abc import Collection
from datetime import datetime, timedelta

CONFIRM = timedelta(seconds=1)
MAX_GAP = timedelta(seconds=2.5)


class MissingWorkers:
    """A worker counts as gone when every look for `confirm` found its lease missing.

    After a restart Valkey is empty until each worker has written its next snapshot, which it tries twice a second: not
    a reason to tell every viewer that the stream broke off. Looks further apart than MAX_GAP do not add up.
    """

    def __init__(self, confirm: timedelta = CONFIRM) -> None:
        self._confirm = confirm
        self._missing_since: dict[str, datetime] = {}
        self._last_look: datetime | None = None

    def look(self, wanted: Collection[str], present: Collection[str], now: datetime) -> set[str]:
        """Which of the `wanted` worker ids are gone, after seeing those `present` at `now`."""
        if self._last_look is None or now - self._last_look > MAX_GAP:
            self._missing_since.clear()
        self._last_look = now
        missing = set(wanted) - set(present)
        self._missing_since = {worker_id: self._missing_since.get(worker_id, now) for worker_id in missing}
        return {worker_id for worker_id, since in self._missing_since.items() if now - since >= self._confirm}

    def forget(self) -> None:
        """Nothing could be seen: start over."""
        self._last_look = None
