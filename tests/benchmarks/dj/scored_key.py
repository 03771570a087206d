"""The key that an LMMS project is written in, read from its notes: a yardstick where no musician has named it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

import numpy as np

# Albrecht and Shanahan, "The Use of Large Corpora to Train a New Type of Key-Finding Algorithm" (2013), table 2.
_MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
_LEAST_PITCHES = 4
"""A track that uses fewer is drums, or says nothing of a key."""
_DRUMS = frozenset({"kicker"})
_CLEAR = 0.15
"""By how much of the best correlation the next key has to be behind, for a key to count as known."""


def scored_key(project: Path) -> tuple[int, bool] | None:
    """(tonic in semitones from C, is minor), or None where the notes leave it open or are not the ones heard."""
    data = project.read_bytes()
    # Of a package of Debian, and LMMS's own format: not hostile.
    root = ElementTree.fromstring(zlib.decompress(data[4:]) if project.suffix == ".mmpz" else data)  # noqa: S314
    head = root.find("head")
    shift = int(float(head.get("masterpitch", "0"))) if head is not None else 0
    weights = np.zeros(12)
    for track in root.iter("track"):
        instrument = track.find("instrumenttrack/instrument")
        notes = [(int(note.get("key", "0")), int(note.get("len", "0"))) for note in track.iter("note")]
        if instrument is None or instrument.get("name") in _DRUMS or len({key for key, _ in notes}) < _LEAST_PITCHES:
            continue
        # A sampled instrument sounds at the pitch of its sample, which the project does not know.
        if instrument.get("name") == "audiofileprocessor":
            continue
        for key, length in notes:
            weights[(key + shift) % 12] += max(length, 0)
    if not weights.any():
        return None
    scores = sorted(
        (float(np.corrcoef(np.roll(profile, tonic), weights)[0, 1]), tonic, is_minor)
        for tonic in range(12)
        for is_minor, profile in ((False, _MAJOR), (True, _MINOR))
    )
    best, second = scores[-1], scores[-2]
    return None if best[0] - second[0] < _CLEAR * best[0] else (best[1], best[2])
