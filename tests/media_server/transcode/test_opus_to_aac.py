"""Opus to AAC: time never slips, and nothing clicks."""

from __future__ import annotations

import fractions

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from media_server.transcode.opus_to_aac import (
    FRAME_SAMPLES,
    AacFrame,
    OpusPacket,
    OpusToAac,
    SilenceUntil,
    audio_specific_config,
    resampled,
)
from tests.support.rtp_source import OpusSource

BITRATE = 128_000
START = 480_000


def packets(source: OpusSource, count: int, *, first: int = 0) -> list[OpusPacket]:
    """`count` packets whose positions follow `START` without a gap."""
    return [
        OpusPacket(START + 960 * (first + index), payload) for index in range(count) for payload in source.payloads()
    ]


def decoded(frames: list[AacFrame]) -> NDArray[np.float32]:
    """The sound of AAC frames, channels × samples, full scale 1."""
    decoder = av.CodecContext.create("aac", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.extradata = audio_specific_config(BITRATE)
    pieces = []
    for frame in frames:
        packet = av.Packet(frame.data)
        packet.time_base = fractions.Fraction(1, 48_000)
        pieces += [piece.to_ndarray() for piece in decoder.decode(packet)]
    return np.concatenate(pieces, axis=1)


def assert_unbroken(frames: list[AacFrame]) -> None:
    assert [frame.position for frame in frames] == list(
        range(frames[0].position, frames[0].position + FRAME_SAMPLES * len(frames), FRAME_SAMPLES)
    )


def loudness(sound: NDArray[np.float32], begin: int, end: int) -> float:
    """RMS of the first channel."""
    return float(np.sqrt(np.mean(sound[0, begin:end] ** 2)))


def pitch_hz(sound: NDArray[np.float32]) -> float:
    crossings = np.flatnonzero((sound[0, :-1] < 0) & (sound[0, 1:] >= 0))
    return float(48_000 * (len(crossings) - 1) / (crossings[-1] - crossings[0]))


def test_frames_begin_at_the_start_and_follow_each_other() -> None:
    frames = OpusToAac(start=START, bitrate_bps=BITRATE).run(packets(OpusSource(), 100))
    assert frames[0].position == START
    assert_unbroken(frames)
    assert len(frames) >= 100 * 960 // FRAME_SAMPLES - 2
    sound = decoded(frames)
    assert loudness(sound, 24_000, 72_000) == pytest.approx(0.3 / np.sqrt(2), rel=0.03)
    assert pitch_hz(sound[:, 24_000:72_000]) == pytest.approx(440, rel=0.001)


def test_sound_stands_where_its_position_says() -> None:
    # A step of loudness at packet 50: where it is heard tells the delay of the whole chain.
    source = OpusSource()
    quiet, loud = np.zeros(960, np.float32), (0.5 * np.sin(np.arange(960) * 2 * np.pi / 48)).astype(np.float32)
    sent = [
        OpusPacket(START + 960 * index, payload)
        for index in range(100)
        for payload in source.payloads(quiet if index < 50 else loud)
    ]
    sound = decoded(OpusToAac(start=START, bitrate_bps=BITRATE).run(sent))
    onset = int(np.flatnonzero(np.abs(sound[0]) > 0.25)[0])
    # Opus looks ahead 6.5 ms (RFC 6716 §2), which a receiver does not know of without an Ogg header.
    assert onset == pytest.approx(50 * 960 + 312, abs=480)


@pytest.mark.parametrize("lost", [1, 3, 10, 30])
def test_lost_packets_take_the_time_they_would_have_taken(lost: int) -> None:
    sent = packets(OpusSource(), 150)
    del sent[50 : 50 + lost]
    transcoder = OpusToAac(start=START, bitrate_bps=BITRATE)
    frames = transcoder.run(sent)
    assert_unbroken(frames)
    assert transcoder.written == START + 150 * 960
    sound = decoded(frames)
    after = (50 + lost + 5) * 960
    assert loudness(sound, after, after + 24_000) == pytest.approx(0.3 / np.sqrt(2), rel=0.03)


def test_a_gap_does_not_click() -> None:
    sent = packets(OpusSource(), 100)
    del sent[50:60]
    sound = decoded(OpusToAac(start=START, bitrate_bps=BITRATE).run(sent))
    around = sound[0, 48 * 960 : 64 * 960]
    steady = np.abs(np.diff(sound[0, 10 * 960 : 40 * 960])).max()
    assert np.abs(np.diff(around)).max() < 2 * steady


def test_packets_before_the_start_are_left_out() -> None:
    sent = packets(OpusSource(), 100)
    transcoder = OpusToAac(start=START + 10_000, bitrate_bps=BITRATE)
    frames = transcoder.run(sent)
    assert frames[0].position == START + 10_000
    assert transcoder.written == START + 100 * 960


def test_silence_stands_in_for_what_does_not_come_and_sound_goes_on_in_its_place() -> None:
    transcoder = OpusToAac(start=START, bitrate_bps=BITRATE)
    source = OpusSource()
    frames = transcoder.run(packets(source, 50))
    frames += transcoder.run([SilenceUntil(START + 150 * 960)])
    frames += transcoder.run(packets(source, 100, first=140))
    assert_unbroken(frames)
    assert transcoder.written == START + 240 * 960
    sound = decoded(frames)
    assert loudness(sound, 60 * 960, 145 * 960) < 0.001
    assert loudness(sound, 160 * 960, 230 * 960) == pytest.approx(0.3 / np.sqrt(2), rel=0.03)


@pytest.mark.parametrize("drift_ppm", [-200, 200])
def test_a_drifting_clock_is_followed_within_a_few_milliseconds(drift_ppm: int) -> None:
    transcoder = OpusToAac(start=START, bitrate_bps=BITRATE)
    source = OpusSource()
    written: list[AacFrame] = []
    for index in range(1500):
        position = START + round(960 * index * (1 + drift_ppm / 1e6))
        for payload in source.payloads():
            written += transcoder.run([OpusPacket(position, payload)])
    assert_unbroken(written)
    expected = START + 1500 * 960 * (1 + drift_ppm / 1e6)
    assert transcoder.written == pytest.approx(expected, abs=0.004 * 48_000)


def test_a_correction_of_thirty_milliseconds_bends_the_pitch_by_no_more_than_half_a_per_cent() -> None:
    transcoder = OpusToAac(start=START, bitrate_bps=BITRATE)
    source = OpusSource()
    frames: list[AacFrame] = []
    for index in range(750):
        shift = 0 if index < 50 else 1440
        for payload in source.payloads():
            frames += transcoder.run([OpusPacket(START + shift + 960 * index, payload)])
    assert_unbroken(frames)
    assert transcoder.written == pytest.approx(START + 1440 + 750 * 960, abs=96)
    sound = decoded(frames)
    for begin in range(10 * 960, 700 * 960, 48_000):
        assert pitch_hz(sound[:, begin : begin + 48_000]) == pytest.approx(440, rel=0.0055)
    assert np.abs(np.diff(sound[0, 20 * 960 :])).max() < 2 * 0.3 * 2 * np.pi * 440 / 48_000


def test_mono_and_stereo_may_change_within_a_stream() -> None:
    mono, stereo = packets(OpusSource(channels=1), 50), packets(OpusSource(channels=2), 50, first=50)
    transcoder = OpusToAac(start=START, bitrate_bps=BITRATE)
    frames = transcoder.run(mono + stereo)
    assert_unbroken(frames)
    sound = decoded(frames)
    for begin in (10 * 960, 60 * 960):
        assert loudness(sound, begin, begin + 24_000) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)
        assert loudness(sound[::-1], begin, begin + 24_000) == pytest.approx(0.3 / np.sqrt(2), rel=0.05)


def test_discontinuous_transmission_leaves_no_hole() -> None:
    # With DTX a packet comes each 400 ms, of one byte and one frame (RFC 7587 §3.1.3).
    sent = packets(OpusSource(), 50)
    sent += [OpusPacket(START + 960 * index, b"\x08") for index in range(50, 150, 20)]
    sent += packets(OpusSource(), 50, first=150)
    transcoder = OpusToAac(start=START, bitrate_bps=BITRATE)
    frames = transcoder.run(sent)
    assert_unbroken(frames)
    assert transcoder.written == START + 200 * 960


def test_bytes_that_are_no_opus_are_counted_and_their_time_is_kept() -> None:
    sent = packets(OpusSource(), 100)
    sent[50] = OpusPacket(sent[50].position, b"\xff")
    transcoder = OpusToAac(start=START, bitrate_bps=BITRATE)
    transcoder.run(sent)
    assert transcoder.undecodable == 1
    assert transcoder.written == START + 100 * 960


@pytest.mark.parametrize("extra", [-5, -1, 1, 5])
def test_resampling_a_tone_gives_the_tone(extra: int) -> None:
    at = np.arange(960)
    tone = np.sin(2 * np.pi * 1000 * at / 48_000).astype(np.float32)
    stretched = resampled(np.stack([tone, tone]), 960 + extra)
    expected = np.sin(2 * np.pi * 1000 * np.arange(960 + extra) * (960 / (960 + extra)) / 48_000)
    assert stretched.shape == (2, 960 + extra)
    assert np.abs(stretched[0] - expected)[2:-6].max() < 0.001
