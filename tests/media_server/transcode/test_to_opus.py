"""AAC and MP3 to Opus: the same tone at the same time, on stamps that never slip."""

from __future__ import annotations

from itertools import pairwise

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from media_server.hub.frames import AudioCodec, Frame, TrackFormat
from media_server.transcode.to_opus import ToOpus
from tests.support.frame_source import ToneSource


def heard(frames: list[Frame]) -> NDArray[np.float32]:
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.sample_rate, decoder.layout = 48_000, "stereo"
    decoded = [out.to_ndarray().reshape(-1, 2) for frame in frames for out in decoder.decode(av.Packet(frame.data))]
    left: NDArray[np.float32] = np.concatenate(decoded)[:, 0].astype(np.float32)
    return left / np.float32(32_768)


def loudest_hz(pcm: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum)) * 48_000 / len(pcm)


@pytest.mark.parametrize(("codec", "rate"), [("aac", 48_000), ("aac", 44_100), ("mp3", 44_100)])
def test_the_same_tone_comes_out_in_packets_of_twenty_milliseconds(codec: AudioCodec, rate: int) -> None:
    tone = ToneSource(codec, sample_rate=rate, frequency_hz=660.0)
    converter = ToOpus(tone.track.format, bitrate_bps=128_000)
    made = [frame for _ in range(100) for frame in converter.run([tone.next()])]
    assert {after.dts - before.dts for before, after in pairwise(made)} == {1800}
    pcm = heard(made)
    assert loudest_hz(pcm[24_000:72_000]) == pytest.approx(660.0, abs=2.0)
    # 100 packets of the source less what encoders and decoders hold back, at the source's level.
    assert len(made) * 960 == pytest.approx(100 * tone.samples * 48_000 / rate, abs=4_000)
    assert float(np.max(np.abs(pcm[24_000:72_000]))) == pytest.approx(0.4, abs=0.06)
    assert converter.head.startswith(b"OpusHead")


def test_stamps_in_whole_milliseconds_are_smoothed_by_counting() -> None:
    tone = ToneSource("aac")
    converter = ToOpus(tone.track.format, bitrate_bps=96_000)
    made: list[Frame] = []
    for _ in range(200):
        frame = tone.next()
        rounded = frame.pts // 90 * 90
        made += converter.run([frame._replace(dts=rounded, pts=rounded)])
    assert {after.dts - before.dts for before, after in pairwise(made)} == {1800}


def first_sound(pcm: NDArray[np.float32]) -> int:
    return int(np.argmax(np.abs(pcm) > 0.05))


def test_a_sound_has_the_time_it_had() -> None:
    tone = ToneSource("aac")
    silent = ToneSource("aac", frequency_hz=0.0)
    frames = [silent.next() for _ in range(20)]
    for _ in range(20):
        tone.next()
    frames += [tone.next() for _ in range(40)]
    reference = av.CodecContext.create("aac", "r")
    assert isinstance(reference, AudioCodecContext)
    reference.extradata = tone.track.format.config
    plain = np.concatenate([out.to_ndarray()[0] for frame in frames for out in reference.decode(av.Packet(frame.data))])
    made = ToOpus(tone.track.format, bitrate_bps=128_000).run(frames)
    before = frames[0].pts / 90_000 + first_sound(plain) / 48_000
    after = made[0].pts / 90_000 + first_sound(heard(made)) / 48_000
    assert after == pytest.approx(before, abs=0.004)


def test_missing_sound_becomes_silence_of_its_length() -> None:
    tone = ToneSource("aac")
    converter = ToOpus(tone.track.format, bitrate_bps=96_000)
    frames = [tone.next() for _ in range(90)]
    made = converter.run([*frames[:40], *frames[55:]])
    assert {after.dts - before.dts for before, after in pairwise(made)} == {1800}
    pcm = heard(made)
    start = 40 * 1024
    assert float(np.max(np.abs(pcm[start + 2_000 : start + 14_000]))) < 0.02
    assert float(np.max(np.abs(pcm[start + 17_000 : start + 25_000]))) > 0.3


def test_after_a_long_gap_the_stamps_jump_and_nothing_is_made_up() -> None:
    tone = ToneSource("aac")
    converter = ToOpus(tone.track.format, bitrate_bps=96_000)
    frames = [tone.next() for _ in range(400)]
    made = converter.run([*frames[:40], *frames[340:]])
    steps = [after.dts - before.dts for before, after in pairwise(made)]
    assert sorted(set(steps))[0] == 1800
    assert len(made) < 110
    assert max(steps) / 90_000 == pytest.approx(300 * 1024 / 48_000, abs=0.06)


def test_sound_that_overlaps_what_was_is_left_out() -> None:
    tone = ToneSource("aac")
    converter = ToOpus(tone.track.format, bitrate_bps=96_000)
    frames = [tone.next() for _ in range(60)]
    back = [frame._replace(dts=frame.dts - 9_000, pts=frame.pts - 9_000) for frame in frames[30:]]
    made = converter.run([*frames[:30], *back])
    assert {after.dts - before.dts for before, after in pairwise(made)} == {1800}
    assert made[-1].dts < back[-1].dts + 1920


def test_what_cannot_be_decoded_is_counted_and_sound_goes_on() -> None:
    tone = ToneSource("aac")
    converter = ToOpus(tone.track.format, bitrate_bps=96_000)
    converter.run([tone.next() for _ in range(10)])
    converter.run([tone.next()._replace(data=b"\xff" * 40)])
    assert converter.undecodable == 1
    assert len(converter.run([tone.next() for _ in range(50)])) > 40


def test_other_codecs_are_refused() -> None:
    with pytest.raises(ValueError, match="opus"):
        ToOpus(TrackFormat("opus", b""), bitrate_bps=96_000)
