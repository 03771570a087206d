"""How many bodies of uploads one process takes at a time."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from control_api.identity import UserId
from control_api.uploads.errors import TooManyTransfers, UploadsBusy

PER_DJ = 6
RETRY_AFTER_S = 5


class Transfers:
    """Slots; each stands for a part in memory. When none is left nobody waits, but is told to come again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._by_dj: Counter[UserId] = Counter()

    @contextmanager
    def slot(self, dj_id: UserId) -> Iterator[None]:
        """Raises UploadsBusy, TooManyTransfers."""
        if self._by_dj[dj_id] >= PER_DJ:
            raise TooManyTransfers(retry_after_s=RETRY_AFTER_S)
        if self._by_dj.total() >= self._most:
            raise UploadsBusy(retry_after_s=RETRY_AFTER_S)
        self._by_dj[dj_id] += 1
        try:
            yield
        finally:
            self._by_dj[dj_id] -= 1
            if not self._by_dj[dj_id]:
                del self._by_dj[dj_id]
