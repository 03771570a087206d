"""Frames of silence: silent, as long as they say, and nothing a decoder complains of."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext

from media_server.codecs.aac import build_audio_specific_config
from media_server.egress.hls.silence import silence_of
from media_server.hub.audio_from_rtp import OPUS_FORMAT
from media_server.hub.formats import aac_format
from media_server.hub.frames import TrackFormat


@pytest.mark.parametrize(
    "track_format",
    [
        aac_format(build_audio_specific_config(48_000, 1)),
        aac_format(build_audio_specific_config(44_100, 2)),
        OPUS_FORMAT,
    ],
    ids=["mono-aac", "stereo-aac", "opus"],
)
def test_silence_decodes_to_as_much_nothing_as_it_says(track_format: TrackFormat) -> None:
    silence = silence_of(track_format)
    assert silence is not None
    decoder = av.CodecContext.create("aac" if track_format.codec == "aac" else "libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.extradata = track_format.config
    decoder.sample_rate, decoder.layout = track_format.sample_rate, "mono" if track_format.channels == 1 else "stereo"
    frames = [frame for _ in range(10) for frame in decoder.decode(av.Packet(silence.data))]
    assert sum(frame.samples for frame in frames) == 10 * silence.samples
    assert max(float(np.abs(frame.to_ndarray().astype(np.float64)).max()) for frame in frames) == 0


def test_formats_without_a_known_silence_have_none() -> None:
    assert silence_of(aac_format(build_audio_specific_config(48_000, 6))) is None
    assert silence_of(TrackFormat("mp3", b"", sample_rate=44_100, channels=2)) is None
