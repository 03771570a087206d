"""What a track looks like, as a file for browsers: an overview, and the zoomed waveform of 150 columns a second.

Little-endian: the 8 bytes `NRSWAVE1`; u32 columns of the overview; u32 columns of the zoomed one; f32 columns a second
of the zoomed one; u32 zero. Then the columns of the overview, and those of the zoomed one: 4 bytes each, peak, low,
mid, high.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixer.analysis.waveform import ZOOM_HOP
from mixer.dsp.units import SAMPLE_RATE

MAGIC = b"NRSWAVE1"
HEADER = struct.Struct("<8sIIfI")


def write_waveform(path: Path, overview: NDArray[np.uint8], zoomed: NDArray[np.uint8]) -> None:
    """Both of shape (columns, 4)."""
    header = HEADER.pack(MAGIC, len(overview), len(zoomed), SAMPLE_RATE / ZOOM_HOP, 0)
    path.write_bytes(header + overview.tobytes() + zoomed.tobytes())
