"""When to ask a sender for lost packets again."""

from __future__ import annotations

from dataclasses import dataclass

from media_server.rtp.sequence import Unwrapper, sequence_unwrapper

MAX_RETRIES = 10
GIVE_UP_S = 1.0
MAX_MISSING = 1_000
# A jump this wide is a restart of the stream, not loss.
MAX_JUMP = 1_000
# An outage that loses more than this takes longer than WIDE_GAP_EVERY_S, whatever the bitrate. Numbers that leap so
# more often are no loss, and going through all that they leave out would take longer than the packets themselves.
WIDE_GAP = 250
WIDE_GAP_EVERY_S = 0.1
_MIN_INTERVAL_S = 0.02
_MAX_INTERVAL_S = 0.5
_SMOOTHING = 8
# A repair that takes a little longer than others is not asked for again.
_MARGIN = 1.25


@dataclass(slots=True)
class _Missing:
    give_up_at: float
    due_at: float
    requests: int = 0
    asked_at: float = 0.0


class NackGenerator:
    """Finds gaps in one RTP stream and says what to ask for again (RFC 4585 §6.2.1).

    A gap is due at once and then once per round trip, at most MAX_RETRIES times within GIVE_UP_S. At most MAX_MISSING
    packets are waited for; the oldest are given up for newer ones. `given_up` counts packets that never came: when it
    grows, only a key frame helps.

    The round trip is measured by what is repaired (`repaired`), smoothed as RFC 6298 §2 does it.
    """

    def __init__(self, *, rtt_s: float = 0.1) -> None:
        self.given_up = 0
        self._missing: dict[int, _Missing] = {}
        self._unwrapper: Unwrapper = sequence_unwrapper()
        self._highest: int | None = None
        self._next_wide_gap_at = float("-inf")
        self.update_rtt(rtt_s)

    def update_rtt(self, rtt_s: float) -> None:
        """The round trip to the sender, in seconds, kept between 20 ms and 500 ms."""
        self._interval_s = min(max(rtt_s, _MIN_INTERVAL_S), _MAX_INTERVAL_S)

    def receive(self, seq: int, *, now: float) -> None:
        """A packet arrived, in whatever way: from the stream itself or as a retransmission."""
        extended = self._unwrapper.unwrap(seq)
        highest = self._highest
        if highest is not None and extended == highest + 1:
            self._highest = extended
        elif highest is None or abs(extended - highest) > MAX_JUMP or self._leaps(extended - highest, now):
            self._missing.clear()
            self._highest = extended
        elif extended > highest:
            for lost in range(highest + 1, extended):
                self._missing[lost] = _Missing(now + GIVE_UP_S, now)
            self._highest = extended
            self._drop_oldest()
        else:
            self._missing.pop(extended, None)

    def repaired(self, seq: int, *, now: float) -> None:
        """A packet arrived as a retransmission."""
        missing = self._missing.get(self._unwrapper.unwrap(seq))
        # Of a packet that was asked for often nobody knows which request it answers. Up to twice the first is more
        # likely: without it a round trip that is longer than the interval would never be found out.
        if missing is not None and 1 <= missing.requests <= 2:
            measured_s = _MARGIN * (now - missing.asked_at)
            self.update_rtt(self._interval_s + (measured_s - self._interval_s) / _SMOOTHING)
        self.receive(seq, now=now)

    def keyframe(self, seq: int) -> None:
        """A key frame begins at `seq`: what was lost before it is moot. Call after `receive`."""
        extended = self._unwrapper.unwrap(seq)
        for lost in [key for key in self._missing if key < extended]:
            del self._missing[lost]

    def due(self, *, now: float) -> list[int]:
        """The 16-bit sequence numbers to ask for now, oldest first; each is then due again a round trip later."""
        requests: list[int] = []
        for lost, missing in list(self._missing.items()):
            if now >= missing.give_up_at or (missing.requests >= MAX_RETRIES and now >= missing.due_at):
                del self._missing[lost]
                self.given_up += 1
            elif now >= missing.due_at:
                missing.requests += 1
                missing.asked_at = missing.asked_at if missing.requests > 1 else now
                missing.due_at = now + self._interval_s
                requests.append(lost & 0xFFFF)
        return requests

    def next_deadline(self) -> float | None:
        """When `due` next has something to do; None while nothing is missing."""
        return min((min(m.due_at, m.give_up_at) for m in self._missing.values()), default=None)

    def _leaps(self, distance: int, now: float) -> bool:
        if distance <= WIDE_GAP:
            return False
        if now < self._next_wide_gap_at:
            return True
        self._next_wide_gap_at = now + WIDE_GAP_EVERY_S
        return False

    def _drop_oldest(self) -> None:
        excess = len(self._missing) - MAX_MISSING
        for lost in list(self._missing)[: max(excess, 0)]:
            del self._missing[lost]
            self.given_up += 1
