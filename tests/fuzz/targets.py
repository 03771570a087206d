"""All of them, by name."""

from __future__ import annotations

from typing import Final

from tests.fuzz import data_channel, encoders, packets, signalling
from tests.fuzz.target import Target

TARGETS: Final[dict[str, Target]] = {
    target.name: target for module in (packets, signalling, data_channel, encoders) for target in module.TARGETS
}
MODULES: Final = {
    target.name: module.__name__
    for module in (packets, signalling, data_channel, encoders)
    for target in module.TARGETS
}
"""Where each is, so that the fuzzer need not instrument what the others import."""
