"""All of them, by name."""

from __future__ import annotations

from typing import Final

from tests.fuzz import encoders, packets, signalling
from tests.fuzz.target import Target

TARGETS: Final[dict[str, Target]] = {
    target.name: target for target in (*packets.TARGETS, *signalling.TARGETS, *encoders.TARGETS)
}
