"""The file that is served: MP3, made anew from decoded samples and cleaned tags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream

from mixer.analysis.onsets import Samples
from mixer.dsp.units import SAMPLE_RATE

BITRATE_BPS = 320_000
_PIECE_FRAMES = 10 * SAMPLE_RATE


def write_mp3(path: Path, pcm: Samples, tags: Mapping[str, str]) -> None:
    """`tags` by FFmpeg's names: title, artist, album, genre, date, comment; those that are empty are left out."""
    with av.open(str(path), "w", format="mp3", options={"id3v2_version": "3", "write_xing": "1"}) as out:
        out.metadata.update({name: value for name, value in tags.items() if value})
        stream = out.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="stereo")
        assert isinstance(stream, AudioStream)
        stream.bit_rate = BITRATE_BPS
        context = stream.codec_context
        frame_size = context.frame_size or 1_152
        resampler = av.AudioResampler(format=context.format, layout="stereo", rate=SAMPLE_RATE, frame_size=frame_size)
        for first in range(0, len(pcm), _PIECE_FRAMES):
            piece = np.ascontiguousarray(pcm[first : first + _PIECE_FRAMES]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = SAMPLE_RATE, first
            for ready in resampler.resample(frame):
                out.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            out.mux(stream.encode(ready))
        out.mux(stream.encode(None))
