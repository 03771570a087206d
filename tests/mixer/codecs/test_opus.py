"""Opus packets of the length that was asked for, which sound as what went in."""

from __future__ import annotations

import numpy as np
import pytest

from mixer.codecs.opus import OpusDecoder, OpusEncoder, OpusSettings, UndecodableOpus
from tests.mixer.rig import thd_n_db, tone


@pytest.mark.parametrize("frame_ms", [5, 10, 20, 40])
@pytest.mark.parametrize("low_delay", [False, True])
def test_a_packet_holds_its_frames_and_sounds_as_they_did(frame_ms: int, low_delay: bool) -> None:
    settings = OpusSettings(256_000, frame_ms, low_delay)
    encoder, decoder = OpusEncoder(settings), OpusDecoder()
    audio = (tone(1000.0, 1.0) / np.float32(32768.0)).astype(np.float32)
    heard = []
    for start in range(0, len(audio) - settings.frames + 1, settings.frames):
        packet = encoder.encode(audio[start : start + settings.frames])
        pcm = decoder.decode(packet)
        assert pcm.shape == (settings.frames, 2)
        heard.append(pcm)
    assert thd_n_db(np.concatenate(heard)[24_000:], 1000.0) < -40.0


def test_more_bits_are_more_bytes() -> None:
    audio = np.random.default_rng(1).normal(0.0, 0.1, (960, 2)).astype(np.float32)
    sizes = []
    for bitrate in (128_000, 510_000):
        encoder = OpusEncoder(OpusSettings(bitrate))
        sizes.append(sum(len(encoder.encode(audio)) for _ in range(20)) / 20 * 8 * 50)
    assert sizes == pytest.approx([128_000, 510_000], rel=0.15)


@pytest.mark.parametrize("settings", [(32_000, 20), (512_000, 20), (128_000, 15)], ids=str)
def test_settings_are_checked(settings: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is"):
        OpusSettings(*settings)


@pytest.mark.parametrize("packet", [b"\xff", b"\x03\xff\xff", b"\x00" * 2000])
def test_what_is_no_opus_is_refused_and_the_decoder_goes_on(packet: bytes) -> None:
    decoder = OpusDecoder()
    with pytest.raises(UndecodableOpus):
        decoder.decode(packet)
    settings = OpusSettings()
    assert len(decoder.decode(OpusEncoder(settings).encode(np.zeros((960, 2), np.float32)))) == 960
