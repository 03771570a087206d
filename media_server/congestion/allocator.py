"""Which layer of the picture a viewer is sent: sound first and to the last, then as much picture as fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, Protocol, TypeVar

UP_MARGIN: Final = 1.15
"""What there must be for a layer, of what it takes, before a viewer goes up to it."""
UP_HOLD_S: Final = 1.0
KEEP_SHARE: Final = 0.8
"""Below this share of what the layer takes a viewer leaves it soon; between it and the whole, later."""
DOWN_HOLD_S: Final = 0.5
SLOW_DOWN_HOLD_S: Final = 4.0
ONLY_LAYER_SHARE: Final = 0.4
"""Of a picture that comes in one layer so much is enough to go on trying."""
PAUSE_HOLD_S: Final = 2.0
FIRST_WAIT_S: Final = 5.0
MAX_WAIT_S: Final = 60.0
TRIAL_S: Final = 15.0
"""A layer that was tried is left by then unless the estimate has come up to it."""
_FALLING_SHARE: Final = 0.95
_PROVEN_S: Final = 20.0
"""A change upwards that lasted so long was right."""

ChoiceT_co = TypeVar("ChoiceT_co", covariant=True)
ChoiceT = TypeVar("ChoiceT")


class Offered(Protocol[ChoiceT_co]):
    """One of the ways in which a track's picture can be sent; `router`'s LayerOffer."""

    @property
    def choice(self) -> ChoiceT_co:
        """What to ask for."""

    @property
    def bitrate_bps(self) -> float:
        """What it takes, as measured."""

    @property
    def is_active(self) -> bool:
        """Whether the source sends it."""


class _Lasting:
    """Since when a condition has held without a break."""

    def __init__(self) -> None:
        self._since: float | None = None

    def held(self, condition: bool, *, for_s: float, now: float) -> bool:
        """Note whether `condition` holds now; whether it has for so long."""
        if not condition:
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since >= for_s

    @property
    def is_running(self) -> bool:
        """Whether it held when it was last noted."""
        return self._since is not None

    def forget(self) -> None:
        """Begin anew."""
        self._since = None


class Allocator(Generic[ChoiceT]):
    """One viewer's picture. `choice` is what to send at present; None before the first decision, and for a pause.

    Who goes up waits until there has been room for UP_HOLD_S, and after a change down for FIRST_WAIT_S; each time that
    a change up had to be taken back the wait is twice as long, so nobody flaps.
    """

    def __init__(self) -> None:
        self.choice: ChoiceT | None = None
        self.is_paused = False
        self.has_begun = False
        """Whether anything was chosen yet."""
        self._wait_s = FIRST_WAIT_S
        self._may_rise_at = 0.0
        self._rose_at: float | None = None
        self._trial_peak_bps: float | None = None
        self._fits_above = _Lasting()
        self._short = _Lasting()
        self._very_short = _Lasting()
        self._starved = _Lasting()

    def decide(
        self, offers: Sequence[Offered[ChoiceT]], *, room_bps: float, may_try: bool, now: float
    ) -> ChoiceT | None:
        """What to send from now on, of `offers` from the lowest to the highest that the viewer wants.

        `room_bps` is what is left for the picture beside the sound. `may_try`: nothing can find out whether there is
        room for more but sending it. While the source sends no layer at all, nothing changes.
        """
        active = [offer for offer in offers if offer.is_active]
        if not active:
            return self.choice
        if not self.has_begun:
            self.has_begun = True
            self._take(_highest(active, room_bps / UP_MARGIN) or active[0], now)
        elif self.is_paused:
            self._rise(active, room_bps, now, may_try=may_try)
        else:
            self._move(active, len(offers), room_bps, now, may_try=may_try)
        return self.choice

    def wanted_bps(self, offers: Sequence[Offered[ChoiceT]], *, now: float) -> float | None:
        """The room that the next layer above would need, when it is time to find out whether it is there."""
        if not self.has_begun or now < self._may_rise_at:
            return None
        active = [offer for offer in offers if offer.is_active]
        above = active if self.is_paused else active[self._position(active) + 1 :]
        return above[0].bitrate_bps * UP_MARGIN if above else None

    def _move(
        self, active: Sequence[Offered[ChoiceT]], offered: int, room_bps: float, now: float, *, may_try: bool
    ) -> None:
        if all(offer.choice != self.choice for offer in active):
            # The source stopped what was sent, or the viewer does not want it any more.
            self._take(_highest(active, room_bps) or active[0], now)
        position = self._position(active)
        current = active[position]
        room_bps = self._on_trial(current, room_bps, now)
        if self._rose_at is not None and now - self._rose_at >= _PROVEN_S:
            self._rose_at, self._wait_s = None, FIRST_WAIT_S
        if position == 0:
            share = ONLY_LAYER_SHARE if offered == 1 else KEEP_SHARE
            starved = room_bps < share * current.bitrate_bps
            if self._starved.held(starved, for_s=PAUSE_HOLD_S, now=now):
                self._fall(None, now)
                return
        else:
            short = self._short.held(room_bps < current.bitrate_bps, for_s=SLOW_DOWN_HOLD_S, now=now)
            very_short = room_bps < KEEP_SHARE * current.bitrate_bps
            if self._very_short.held(very_short, for_s=DOWN_HOLD_S, now=now) or short:
                self._fall(_highest(active[:position], room_bps) or active[0], now)
                return
        self._rise(active[position + 1 :], room_bps, now, may_try=may_try)

    def _rise(self, above: Sequence[Offered[ChoiceT]], room_bps: float, now: float, *, may_try: bool) -> None:
        best = _highest(above, room_bps / UP_MARGIN)
        is_short = self._short.is_running or self._starved.is_running or self._trial_peak_bps is not None
        is_trial = best is None and may_try and not is_short and bool(above)
        if is_trial:
            best = above[0]
        if self._fits_above.held(best is not None, for_s=UP_HOLD_S, now=now) and now >= self._may_rise_at:
            self._take(best, now)
            self._rose_at = now
            if is_trial:
                self._trial_peak_bps = room_bps
                self._may_rise_at = now + self._wait_s

    def _on_trial(self, current: Offered[ChoiceT], room_bps: float, now: float) -> float:
        """What room there is taken to be: an estimate rises slowly behind what is sent, and falls where it is much."""
        peak = self._trial_peak_bps
        if peak is None:
            return room_bps
        is_over = self._rose_at is None or now - self._rose_at >= TRIAL_S
        if is_over or room_bps >= current.bitrate_bps or room_bps < _FALLING_SHARE * peak:
            self._trial_peak_bps = None
            return room_bps
        self._trial_peak_bps = max(peak, room_bps)
        return current.bitrate_bps

    def _fall(self, to: Offered[ChoiceT] | None, now: float) -> None:
        if self._rose_at is not None:
            self._wait_s = min(2 * self._wait_s, MAX_WAIT_S)
        self._rose_at = None
        self._take(to, now)
        self._may_rise_at = now + self._wait_s

    def _take(self, offer: Offered[ChoiceT] | None, now: float) -> None:
        self.choice = None if offer is None else offer.choice
        self.is_paused = offer is None
        self._trial_peak_bps = None
        for lasting in (self._fits_above, self._short, self._very_short, self._starved):
            lasting.forget()
        self._may_rise_at = max(self._may_rise_at, now + UP_HOLD_S)

    def _position(self, active: Sequence[Offered[ChoiceT]]) -> int:
        """Where among `active` the choice is; the lowest, when it is not among them."""
        return next((place for place, offer in enumerate(active) if offer.choice == self.choice), 0)


def _highest(offers: Sequence[Offered[ChoiceT]], room_bps: float) -> Offered[ChoiceT] | None:
    return next((offer for offer in reversed(offers) if offer.bitrate_bps <= room_bps), None)
