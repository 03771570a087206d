"""The Chromaprint fingerprint of a whole track: 8.07 numbers of 32 bits a second.

The ffmpeg program that comes with imageio-ffmpeg has Chromaprint in it; no wheel has the library alone.
"""

from __future__ import annotations

import subprocess

import imageio_ffmpeg
import numpy as np

from mixer.analysis.onsets import Samples
from mixer.dsp.units import SAMPLE_RATE

_PIECE_FRAMES = 10 * SAMPLE_RATE


class FingerprintFailed(RuntimeError):
    """ffmpeg could not be run, or said something else."""


def fingerprint(pcm: Samples) -> list[int]:
    """Signed 32-bit integers, as PostgreSQL has them; empty for what is shorter than 3 s. Raises FingerprintFailed."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-threads", "1"]
    command += ["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "2", "-i", "pipe:0"]
    command += ["-f", "chromaprint", "-fp_format", "raw", "pipe:1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            # It writes nothing before its input has ended, so neither side waits for the other.
            for first in range(0, len(pcm), _PIECE_FRAMES):
                process.stdin.write(np.ascontiguousarray(pcm[first : first + _PIECE_FRAMES]).data)
            process.stdin.close()
            raw = process.stdout.read()
        except BrokenPipeError as error:
            raise FingerprintFailed("ffmpeg ended early") from error
    if process.returncode != 0 or len(raw) % 4:
        raise FingerprintFailed(f"ffmpeg ended with status {process.returncode} after {len(raw)} bytes")
    return [int(number) for number in np.frombuffer(raw, "<i4")]
