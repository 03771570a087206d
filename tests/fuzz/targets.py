"""All of them, by name."""

from __future__ import annotations

from typing import Final

from tests.fuzz import congestion, data_channel, encoders, packets, signalling
from tests.fuzz.target import Target

_MODULES: Final = (packets, congestion, signalling, data_channel, encoders)

TARGETS: Final[dict[str, Target]] = {target.name: target for module in _MODULES for target in module.TARGETS}
MODULES: Final = {target.name: module.__name__ for module in _MODULES for target in module.TARGETS}
"""Where each is, so that the fuzzer need not instrument what the others import."""
