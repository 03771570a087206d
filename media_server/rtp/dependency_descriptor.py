"""The dependency descriptor header extension (RTP Payload Format For AV1, appendix A).

It says of each frame which layer it is of and which decode targets need it, so that parts of a stream can be left out
whatever its codec. Templates that most frames refer to come with key frames, as the dependency structure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from media_server.rtp.errors import ParseError

NOT_PRESENT: Final = 0
DISCARDABLE: Final = 1
SWITCH: Final = 2
REQUIRED: Final = 3
"""Decode target indications (§A.4)."""

MAX_BYTES: Final = 255
"""What a two-byte header extension holds (RFC 8285 §4.3)."""

_TEMPLATES: Final = 64
_MAX_SPATIAL: Final = 3
_MAX_TEMPORAL: Final = 7
_MANDATORY_BITS: Final = 24
_NO_MORE_LAYERS: Final = 3


@dataclass(frozen=True, slots=True)
class FrameTemplate:
    """What frames that refer to a template have in common; one indication for each decode target."""

    spatial: int
    temporal: int
    indications: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DependencyStructure:
    """Template `n` is referred to as `offset + n`, modulo 64.

    `targets` are the highest (spatial, temporal) layer of each decode target; `sizes` the pixels of each spatial layer,
    empty where they are not told.
    """

    offset: int
    templates: tuple[FrameTemplate, ...]
    targets: tuple[tuple[int, int], ...]
    sizes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DependencyDescriptor:
    """One packet's. `structure` is the one it is read by; `brings_structure` when it came with this very packet.

    `active` has a bit for each decode target that is still sent, the first the lowest; None while nothing was said.
    """

    starts_frame: bool
    ends_frame: bool
    frame_number: int
    spatial: int
    temporal: int
    indications: tuple[int, ...]
    structure: DependencyStructure = field(repr=False)
    brings_structure: bool = False
    active: int | None = None


def parse_dependency_descriptor(data: bytes, known: DependencyStructure | None) -> DependencyDescriptor | None:
    """Reads the extension of one packet; None where it refers to a structure that is not `known`. Raises ParseError."""
    if not _MANDATORY_BITS // 8 <= len(data) <= MAX_BYTES:
        raise ParseError("dependency descriptor has no possible length")
    bits = _Bits(data)
    starts, ends, template_id, number = bits.flag(), bits.flag(), bits.read(6), bits.read(16)
    structure, brings, active, has_own_indications = known, False, None, False
    if len(data) > _MANDATORY_BITS // 8:
        brings, says_active = bits.flag(), bits.flag()
        has_own_indications = bits.flag()
        bits.skip(2)
        if brings:
            structure = _read_structure(bits)
            active = (1 << len(structure.targets)) - 1
        if structure is None:
            return None
        if says_active:
            active = bits.read(len(structure.targets))
    if structure is None:
        return None
    index = (template_id - structure.offset) % _TEMPLATES
    if index >= len(structure.templates):
        # Of a structure that was lost, or it is nonsense; neither can be read.
        raise ParseError("dependency descriptor refers to no template")
    template = structure.templates[index]
    indications = template.indications
    if has_own_indications:
        indications = tuple(bits.read(2) for _ in structure.targets)
    return DependencyDescriptor(
        starts, ends, number, template.spatial, template.temporal, indications, structure, brings, active
    )


class _Bits:
    """Reads from the highest bit on. Raises ParseError at the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ParseError("dependency descriptor is truncated")
        return self._value >> self._left & (1 << count) - 1

    def flag(self) -> bool:
        return self.read(1) == 1

    def skip(self, count: int) -> None:
        self.read(count)

    def below(self, bound: int) -> int:
        """ns(n): a number below `bound` in as few bits as it needs."""
        width = bound.bit_length()
        short = (1 << width) - bound
        value = self.read(width - 1)
        return value if value < short else (value << 1) - short + self.read(1)


def _read_structure(bits: _Bits) -> DependencyStructure:
    offset, target_count = bits.read(6), bits.read(5) + 1
    layers = _read_layers(bits)
    indications = [tuple(bits.read(2) for _ in range(target_count)) for _ in layers]
    for _ in layers:
        while bits.flag():
            bits.skip(4)
    _skip_chains(bits, target_count, len(layers))
    templates = tuple(FrameTemplate(*layer, each) for layer, each in zip(layers, indications, strict=True))
    targets = tuple(_target_layers(templates, target) for target in range(target_count))
    sizes: tuple[tuple[int, int], ...] = ()
    if bits.flag():
        spatial_layers = max(spatial for spatial, _ in layers) + 1
        sizes = tuple((bits.read(16) + 1, bits.read(16) + 1) for _ in range(spatial_layers))
    return DependencyStructure(offset, templates, targets, sizes)


def _read_layers(bits: _Bits) -> list[tuple[int, int]]:
    layers: list[tuple[int, int]] = []
    spatial = temporal = 0
    while True:
        if len(layers) == _TEMPLATES:
            raise ParseError("dependency structure has too many templates")
        layers.append((spatial, temporal))
        following = bits.read(2)
        if following == _NO_MORE_LAYERS:
            return layers
        if following == 1:
            temporal += 1
        elif following == 2:
            spatial, temporal = spatial + 1, 0
        if spatial > _MAX_SPATIAL or temporal > _MAX_TEMPORAL:
            raise ParseError("dependency structure has layers beyond those of AV1")


def _skip_chains(bits: _Bits, target_count: int, template_count: int) -> None:
    chains = bits.below(target_count + 1)
    if chains == 0:
        return
    for _ in range(target_count):
        bits.below(chains)
    bits.skip(4 * chains * template_count)


def _target_layers(templates: tuple[FrameTemplate, ...], target: int) -> tuple[int, int]:
    needed = [template for template in templates if template.indications[target] != NOT_PRESENT]
    return max((t.spatial for t in needed), default=0), max((t.temporal for t in needed), default=0)
