"""What can be asked of the desk: effects, crossfader, buses, microphone, sampler, recording. Values are absolute."""

from __future__ import annotations

from dataclasses import dataclass

from mixer.dsp.effects.state import EffectKind
from mixer.dsp.gains import Curve
from mixer.engine.command import Command


@dataclass(frozen=True, slots=True)
class SetLeader(Command):
    """Which deck the synced ones follow; None for none."""

    deck: int | None


@dataclass(frozen=True, slots=True)
class SetEffect(Command):
    """`slot` is a deck, or 4 for the master. `beats` is the period, 1/32 to 64; `mix` and `amount` are 0 to 1."""

    slot: int
    kind: EffectKind
    mix: float = 1.0
    amount: float = 0.5
    beats: float = 1.0


@dataclass(frozen=True, slots=True)
class MoveCrossfader(Command):
    """−1 (A) to +1 (B)."""

    position: float


@dataclass(frozen=True, slots=True)
class SetCrossfaderCurve(Command):
    curve: Curve
    hamster: bool = False


@dataclass(frozen=True, slots=True)
class SetMaster(Command):
    """−60 to +12 dB."""

    db: float


@dataclass(frozen=True, slots=True)
class SetHeadphones(Command):
    """`blend` is 0 (cue) to 1 (master); split puts the cue on the left ear and the master on the right."""

    blend: float = 0.0
    split: bool = False
    db: float = 0.0


@dataclass(frozen=True, slots=True)
class SetMicrophone(Command):
    on: bool
    db: float = 0.0


@dataclass(frozen=True, slots=True)
class SetTalkover(Command):
    """By how much the music steps back, −60 to 0 dB, and how loud speech must be."""

    depth_db: float
    threshold_db: float = -40.0


@dataclass(frozen=True, slots=True)
class LoadSample(Command):
    """Put a decoded track on a pad of the sampler, 0 to 7; None empties it."""

    pad: int
    track: str | None


@dataclass(frozen=True, slots=True)
class PlaySample(Command):
    """Play a pad from its beginning."""

    pad: int


@dataclass(frozen=True, slots=True)
class StopSample(Command):
    pad: int


@dataclass(frozen=True, slots=True)
class SetSample(Command):
    """A pad's level, −60 to +12 dB, and whether it begins again at its end."""

    pad: int
    db: float = 0.0
    loop: bool = False


@dataclass(frozen=True, slots=True)
class SetSampler(Command):
    """The level of all pads together, −60 to +12 dB."""

    db: float


@dataclass(frozen=True, slots=True)
class SetRecording(Command):
    on: bool
    with_microphone: bool = True
