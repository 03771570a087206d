"""Dependency descriptors as encoders write them (RTP Payload Format For AV1, appendix A)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class BitWriter:
    """Writes from the highest bit on."""

    def __init__(self) -> None:
        self._bits: list[int] = []

    def write(self, value: int, count: int) -> BitWriter:
        self._bits += [value >> place & 1 for place in reversed(range(count))]
        return self

    def below(self, value: int, bound: int) -> BitWriter:
        """ns(n)."""
        width = bound.bit_length()
        short = (1 << width) - bound
        if value < short:
            return self.write(value, width - 1)
        return self.write(value + short, width)

    def data(self) -> bytes:
        bits = self._bits + [0] * (-len(self._bits) % 8)
        return bytes(int("".join(map(str, bits[n : n + 8])), 2) for n in range(0, len(bits), 8))


@dataclass(frozen=True)
class Template:
    """Indications by decode target, as letters: `-` not present, D discardable, S switch, R required."""

    spatial: int
    temporal: int
    indications: str


@dataclass(frozen=True)
class Structure:
    """Templates in the order of layers; one chain protects all targets."""

    templates: Sequence[Template]
    offset: int = 0
    sizes: Sequence[tuple[int, int]] = ()

    def write(self, bits: BitWriter) -> None:
        targets = len(self.templates[0].indications)
        bits.write(self.offset, 6).write(targets - 1, 5)
        for before, after in zip(self.templates, (*self.templates[1:], None), strict=True):
            if after is None:
                bits.write(3, 2)
            elif after.spatial > before.spatial:
                bits.write(2, 2)
            else:
                bits.write(int(after.temporal > before.temporal), 2)
        for template in self.templates:
            for letter in template.indications:
                bits.write("-DSR".index(letter), 2)
        for number, _ in enumerate(self.templates):
            if number:
                bits.write(1, 1).write(0, 4)
            bits.write(0, 1)
        bits.below(1, targets + 1)
        for _ in range(targets):
            bits.below(0, 1)
        for _ in self.templates:
            bits.write(1, 4)
        bits.write(int(bool(self.sizes)), 1)
        for width, height in self.sizes:
            bits.write(width - 1, 16).write(height - 1, 16)


def descriptor(
    template: int,
    number: int,
    *,
    starts: bool = True,
    ends: bool = True,
    structure: Structure | None = None,
    active: tuple[int, int] | None = None,
    own: str = "",
) -> bytes:
    """One packet's; `active` is (bits, number of targets), `own` the indications it has instead of its template's."""
    bits = BitWriter().write(starts, 1).write(ends, 1).write(template, 6).write(number, 16)
    if structure is None and active is None and not own:
        return bits.data()
    bits.write(structure is not None, 1).write(active is not None, 1).write(bool(own), 1).write(0, 2)
    if structure is not None:
        structure.write(bits)
    if active is not None:
        bits.write(*active)
    for letter in own:
        bits.write("-DSR".index(letter), 2)
    return bits.data()


L1T3 = Structure((Template(0, 0, "SSS"), Template(0, 0, "SSS"), Template(0, 1, "-DS"), Template(0, 2, "--D")), 5)
"""Targets are T0, T1, T2."""
L3T1_KEY = Structure(
    (
        Template(0, 0, "SSS"),
        Template(0, 0, "S--"),
        Template(1, 0, "-SS"),
        Template(1, 0, "-S-"),
        Template(2, 0, "--S"),
        Template(2, 0, "--S"),
    ),
    60,
    ((320, 180), (640, 360), (1280, 720)),
)
"""Targets are S0, S1, S2; each layer needs the lower ones at key pictures alone: the first template of each."""
