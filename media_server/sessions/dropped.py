"""Those who were told to go and whose tokens would still let them back in."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

TOKEN_LIFE_S: Final = 6 * 3600.0
"""The longest a watch or monitor token lives (ARCHITECTURE.md, "Media tokens")."""
_CLOCKS_APART_S: Final = 2.0
"""By how much the clock of who issued a token may be ahead of ours."""
MAX_DROPPED: Final = 10_000
"""In one room. Beyond it the one dropped first is forgotten, and may return until its token expires."""
MAX_DROPPED_ELSEWHERE: Final = 50_000
"""From streams that are not at this worker."""


class Dropped:
    """Remembers who was dropped for as long as a token of theirs may be good.

    A viewer's id is for one visit. A member of a mix may be invited again: of members, tokens are good that were issued
    later. All times are on one clock, as far as hosts keep time.
    """

    def __init__(self) -> None:
        self._dropped_at: OrderedDict[str, float] = OrderedDict()
        self.count = 0

    def __len__(self) -> int:
        return len(self._dropped_at)

    def add(self, subject: str, *, now: float) -> None:
        """`subject` was dropped."""
        self.count += 1
        self._dropped_at[subject] = now
        self._dropped_at.move_to_end(subject)
        if len(self._dropped_at) > MAX_DROPPED:
            self._dropped_at.popitem(last=False)

    def learn(self, subject: str, *, at: float) -> bool:
        """`subject` was dropped at `at`, as others say. Whether that is news."""
        if self._dropped_at.get(subject, float("-inf")) >= at:
            return False
        self.add(subject, now=at)
        return True

    @property
    def subjects(self) -> list[str]:
        """Everybody who was, the one longest ago first."""
        return list(self._dropped_at)

    def has_viewer(self, viewer_id: str, *, now: float) -> bool:
        """Whether a viewer must be refused."""
        at = self._dropped_at.get(viewer_id)
        return at is not None and now < at + TOKEN_LIFE_S

    def has_member(self, user_id: str, *, issued_at: float, now: float) -> bool:
        """Whether a member of a mix must be refused with a token issued at `issued_at`."""
        return self.has_viewer(user_id, now=now) and issued_at <= self._dropped_at[user_id] + _CLOCKS_APART_S


class DroppedElsewhere:
    """Who was dropped from streams that are not here, for when one of them comes here with whoever asks for it.

    Beyond MAX_DROPPED_ELSEWHERE in all, the stream of which nobody has been dropped for longest is forgotten.
    """

    def __init__(self) -> None:
        self._by_stream: OrderedDict[str, Dropped] = OrderedDict()
        self._total = 0

    def __len__(self) -> int:
        return self._total

    def add(self, stream_id: str, subject: str, *, now: float) -> None:
        """`subject` was dropped from a stream that is not here."""
        dropped = self.take(stream_id)
        dropped.add(subject, now=now)
        self.keep(stream_id, dropped)

    def keep(self, stream_id: str, dropped: Dropped) -> None:
        """The stream is here no more."""
        if not len(dropped):
            return
        self.take(stream_id)
        self._by_stream[stream_id] = dropped
        self._total += len(dropped)
        while self._total > MAX_DROPPED_ELSEWHERE:
            self._total -= len(self._by_stream.popitem(last=False)[1])

    def take(self, stream_id: str) -> Dropped:
        """Those of a stream that comes here; they are not kept any longer."""
        dropped = self._by_stream.pop(stream_id, None) or Dropped()
        self._total -= len(dropped)
        return dropped
