"""What is fuzzed: a function of bytes, and where it is shown to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CORPUS: Final = Path(__file__).parent / "corpus"
"""A folder for each target: small inputs, each of which once went somewhere new."""
SEEDS: Final = Path(__file__).parents[1] / "media_server"
MAX_INPUT_BYTES: Final = 2_048


@dataclass(frozen=True, slots=True)
class Target:
    """`run` takes any bytes and raises nothing; what it raises is a find.

    `seeds` are globs of hostile inputs below `tests/media_server`, hexadecimal where they end so. `examples` are good
    inputs, as a peer would send them.
    """

    name: str
    run: Callable[[bytes], None]
    seeds: tuple[str, ...] = ()
    examples: Callable[[], list[bytes]] = list

    def beginnings(self) -> Iterator[bytes]:
        """All that the fuzzer is shown first."""
        yield from self.examples()
        for glob in self.seeds:
            for path in sorted(SEEDS.glob(glob)):
                yield bytes.fromhex(path.read_text()) if path.suffix == ".hex" else path.read_bytes()
        for path in self.corpus():
            yield path.read_bytes()

    def corpus(self) -> list[Path]:
        """The inputs that are committed."""
        return sorted((CORPUS / self.name).glob("*"))


def pieces(data: bytes) -> Iterator[bytes]:
    """`data` as a sequence: each piece behind its length in a byte, the last as long as it is."""
    position = 0
    while position < len(data):
        length = data[position]
        yield data[position + 1 : position + 1 + length]
        position += 1 + length


def joined(*parts: bytes) -> bytes:
    """The inverse of `pieces`, of parts up to 255 bytes."""
    return b"".join(bytes((len(part),)) + part for part in parts)
