"""The parts of one encoding: temporal and spatial layers within it, and which of them a packet is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from media_server.rtp.dependency_descriptor import (
    NOT_PRESENT,
    SWITCH,
    DependencyDescriptor,
    DependencyStructure,
    parse_dependency_descriptor,
)
from media_server.rtp.errors import ParseError
from media_server.rtp.extensions import DEPENDENCY_DESCRIPTOR
from media_server.rtp.vp8 import read_head
from media_server.rtp.vp9 import Vp9Descriptor, parse_vp9_descriptor

_ALL: Final = 255


class Cut(NamedTuple):
    """The highest spatial and temporal layer that is sent; None for all of them."""

    spatial: int | None = None
    temporal: int | None = None

    @property
    def limits(self) -> tuple[int, int]:
        """Both as numbers that layers can be compared with."""
        return (_ALL if self.spatial is None else self.spatial), (_ALL if self.temporal is None else self.temporal)


WHOLE: Final = Cut()


class Part(Protocol):
    """Which part of its encoding a packet belongs to."""

    @property
    def spatial(self) -> int:
        """Its spatial layer, the lowest is 0."""

    @property
    def temporal(self) -> int:
        """Its temporal layer, the lowest is 0."""

    def is_within(self, cut: Cut) -> bool:
        """Whether who is sent `cut` needs it."""

    def ends_picture(self, cut: Cut) -> bool:
        """Whether it is the last packet of its picture for who is sent `cut`, a cut in spatial layers."""

    def lets_in(self, sent: Cut, into: Cut) -> bool:
        """Whether who was sent `sent` up to now can be sent `into` from this packet on, and decode all of it."""


class PartReader(Protocol):
    """Reads the packets of one encoding, in order of arrival."""

    def read(self, payload: bytes, extensions: Mapping[str, bytes]) -> Part | None:
        """None where there are no parts, or no way to tell."""

    @property
    def has_idle_parts(self) -> bool:
        """Whether there are parts that whoever is sent the highest ones does not need: see `Part.is_within`."""

    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Pixels of each spatial layer, as far as the stream has named them."""


@dataclass(frozen=True, slots=True)
class Vp8Part:
    """A packet of VP8 with temporal layers (RFC 7741 §4.2)."""

    temporal: int
    is_sync: bool
    begins_frame: bool

    spatial = 0

    def is_within(self, cut: Cut) -> bool:
        """See `Part`."""
        return cut.temporal is None or self.temporal <= cut.temporal

    def ends_picture(self, cut: Cut) -> bool:
        """See `Part`: there is one spatial layer, and its marker is true."""
        return False

    def lets_in(self, sent: Cut, into: Cut) -> bool:
        """See `Part`: down at any frame; up by one layer, at a frame of it that needs the lowest alone."""
        if not self.begins_frame:
            return False
        before, after = sent.limits[1], into.limits[1]
        return after <= before or (self.is_sync and self.temporal == before + 1)


@dataclass(frozen=True, slots=True)
class Vp9Part:
    """A packet of VP9 with layers (RFC 9628 §4.2)."""

    descriptor: Vp9Descriptor

    @property
    def spatial(self) -> int:
        """See `Part`."""
        return self.descriptor.spatial_layer

    @property
    def temporal(self) -> int:
        """See `Part`."""
        return self.descriptor.temporal_layer

    def is_within(self, cut: Cut) -> bool:
        """See `Part`."""
        spatial, temporal = cut.limits
        return self.descriptor.spatial_layer <= spatial and self.descriptor.temporal_layer <= temporal

    def ends_picture(self, cut: Cut) -> bool:
        """See `Part`."""
        return self.descriptor.is_frame_end and self.descriptor.spatial_layer == cut.spatial

    def lets_in(self, sent: Cut, into: Cut) -> bool:
        """See `Part`: down at any picture; up in time at a switching up point; to more pixels at key frames alone."""
        told = self.descriptor
        if not told.is_frame_start or told.spatial_layer:
            return False
        (spatial, temporal), (to_spatial, to_temporal) = sent.limits, into.limits
        if to_spatial > spatial:
            return not told.is_predicted
        return to_temporal <= temporal or (told.is_switch_point and told.temporal_layer <= temporal)


@dataclass(frozen=True, slots=True)
class DescribedPart:
    """A packet of any codec with a dependency descriptor."""

    descriptor: DependencyDescriptor

    @property
    def spatial(self) -> int:
        """See `Part`."""
        return self.descriptor.spatial

    @property
    def temporal(self) -> int:
        """See `Part`."""
        return self.descriptor.temporal

    def is_within(self, cut: Cut) -> bool:
        """See `Part`: what the decode target for `cut` does not need is left out, lower layers too."""
        return self._indication(cut) != NOT_PRESENT

    def ends_picture(self, cut: Cut) -> bool:
        """See `Part`."""
        target = self._target(cut)
        return self.descriptor.ends_frame and self.descriptor.spatial == self.descriptor.structure.targets[target][0]

    def lets_in(self, sent: Cut, into: Cut) -> bool:
        """See `Part`: at a frame that both have and after which `into` can be decoded; down in time at any frame."""
        told = self.descriptor
        if not told.starts_frame or not self.is_within(into):
            return False
        (spatial, temporal), (to_spatial, to_temporal) = sent.limits, into.limits
        if to_spatial == spatial and to_temporal <= temporal:
            return True
        return self.is_within(sent) and self._indication(into) == SWITCH

    def _indication(self, cut: Cut) -> int:
        return self.descriptor.indications[self._target(cut)]

    def _target(self, cut: Cut) -> int:
        """The highest decode target within `cut`; the lowest of all when none is."""
        spatial, temporal = cut.limits
        targets = self.descriptor.structure.targets
        fitting = [n for n, target in enumerate(targets) if target[0] <= spatial and target[1] <= temporal]
        # Targets are told from the lowest to the highest or the other way round: what they hold decides.
        return max(fitting, key=lambda n: targets[n]) if fitting else min(range(len(targets)), key=lambda n: targets[n])


_VP8_PARTS: Final = tuple(
    Vp8Part(temporal, is_sync, begins) for temporal in range(4) for is_sync in (False, True) for begins in (False, True)
)


def read_vp8(payload: bytes) -> tuple[bool, int, int, Part | None]:
    """Of one packet: whether it starts a key frame, where its picture id and TL0PICIDX are, and its part.

    All that is asked of each packet that arrives, in one look at it.
    """
    try:
        size, begins_frame, picture_id_at, tl0_at, layer = read_head(payload)
    except ParseError:
        return False, 0, 0, None
    starts = begins_frame and len(payload) > size and payload[size] & 0x01 == 0
    if layer is None:
        return starts, picture_id_at, tl0_at, None
    return starts, picture_id_at, tl0_at, _VP8_PARTS[layer >> 6 << 2 | (layer >> 4 & 0x02) | begins_frame]


class Vp9Parts:
    """See `PartReader`. Of a picture that is no key picture nothing tells whether its lower layers are needed."""

    has_idle_parts = False

    def __init__(self) -> None:
        self._sizes: tuple[tuple[int, int], ...] = ()

    def read(self, payload: bytes, extensions: Mapping[str, bytes]) -> Part | None:
        """See `PartReader`."""
        try:
            descriptor = parse_vp9_descriptor(payload)
        except ParseError:
            return None
        self._sizes = descriptor.sizes or self._sizes
        return Vp9Part(descriptor) if descriptor.has_layers else None

    def sizes(self) -> tuple[tuple[int, int], ...]:
        """See `PartReader`."""
        return self._sizes


class DescribedParts:
    """See `PartReader`: remembers the dependency structure, which comes with key frames."""

    def __init__(self) -> None:
        self._structure: DependencyStructure | None = None

    def read(self, payload: bytes, extensions: Mapping[str, bytes]) -> Part | None:
        """See `PartReader`."""
        data = extensions.get(DEPENDENCY_DESCRIPTOR)
        if data is None:
            return None
        try:
            descriptor = parse_dependency_descriptor(data, self._structure)
        except ParseError:
            return None
        if descriptor is None:
            return None
        self._structure = descriptor.structure
        return DescribedPart(descriptor)

    @property
    def has_idle_parts(self) -> bool:
        """See `PartReader`."""
        return self._structure is not None and max(spatial for spatial, _ in self._structure.targets) > 0

    def sizes(self) -> tuple[tuple[int, int], ...]:
        """See `PartReader`."""
        return self._structure.sizes if self._structure is not None else ()


PART_READERS: Final[Mapping[str, Callable[[], PartReader]]] = {
    "VP9": Vp9Parts,
    "AV1": DescribedParts,
    "H264": DescribedParts,
    "H265": DescribedParts,
}
