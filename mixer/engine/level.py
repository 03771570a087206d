"""What a meter shows, read from its record between two blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mixer.dsp.units import db_of_gain


@dataclass(frozen=True, slots=True)
class Level:
    """A meter: `vu_db` and `peak_db` of the louder channel, −120 for silence, and the clip light."""

    vu_db: float
    peak_db: float
    clipping: bool


def level_of(meter: Any) -> Level:
    """What a METER shows."""
    loudest, peak = float(meter["power"].max()), float(meter["peak"].max())
    return Level(db_of_gain(math.sqrt(loudest)), db_of_gain(peak), bool(meter["clip_left"] > 0))
