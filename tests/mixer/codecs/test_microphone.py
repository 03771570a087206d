"""Speech over a bad network: nothing clicks, nothing piles up, and the delay is the one that is said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from mixer.codecs.microphone import DEPTH, MAX_PACKETS, MicrophoneReceiver
from mixer.codecs.opus import OpusEncoder, OpusSettings
from tests.mixer.rig import Audio, rms_db, splash_db

BLOCK = 240
FIRST_TIMESTAMP = 2**32 - 48_000


@dataclass(frozen=True)
class Network:
    """What happens to packets of 20 ms: a share is lost, each is up to `jitter_s` late, the sender's clock is off."""

    loss: float = 0.0
    jitter_s: float = 0.0
    drift_ppm: float = 0.0
    doubled: bool = False


@cache
def spoken(seconds: float, hz: float, channels: int = 2) -> tuple[bytes, ...]:
    encoder = OpusEncoder(OpusSettings())
    time = np.arange(int(seconds * 48_000)) / 48_000
    wave = np.repeat((0.4 * np.sin(2 * np.pi * hz * time)).astype(np.float32)[:, None], 2, axis=1)
    return tuple(encoder.encode(wave[start : start + 960]) for start in range(0, len(wave), 960))


def heard(network: Network, seconds: float = 12.0, hz: float = 100.0) -> tuple[Audio, MicrophoneReceiver]:
    """What a receiver makes of a tone, taken in blocks of 5 ms."""
    rng = np.random.default_rng(5)
    arrivals = []
    for number, packet in enumerate(spoken(seconds, hz)):
        at = (number + 1) * 0.02 * (1.0 + network.drift_ppm * 1e-6) + rng.random() * network.jitter_s
        if rng.random() >= network.loss:
            arrivals += [(at, number, packet)] * (2 if network.doubled else 1)
    arrivals.sort(reverse=True)
    receiver, out = MicrophoneReceiver(), []
    for block in range(int(seconds * 48_000 / BLOCK)):
        now = block * BLOCK / 48_000
        while arrivals and arrivals[-1][0] <= now:
            _, number, packet = arrivals.pop()
            receiver.receive(number % 65_536, (FIRST_TIMESTAMP + number * 960) % 2**32, packet, now)
        out.append(receiver.take(BLOCK))
    return np.concatenate(out), receiver


@pytest.mark.parametrize(
    ("network", "splash"),
    [
        (Network(), -80.0),
        (Network(jitter_s=0.03), -80.0),
        (Network(drift_ppm=2000.0), -80.0),
        (Network(drift_ppm=-2000.0, jitter_s=0.01), -80.0),
        (Network(doubled=True), -80.0),
        (Network(loss=0.02), -70.0),
        # After a loss the decoder itself is off for a packet or two, which no joint hides: still 20 dB below a cut.
        (Network(loss=0.1, jitter_s=0.03), -55.0),
        (Network(jitter_s=0.12), -55.0),
    ],
    ids=str,
)
def test_a_bad_network_makes_no_click(network: Network, splash: float) -> None:
    audio, _ = heard(network)
    settled = audio[48_000:]
    assert splash_db(settled) < splash
    assert rms_db(settled) > -13.0


def test_the_instrument_hears_a_lost_packet_that_is_not_concealed() -> None:
    audio, _ = heard(Network())
    audio[96_000:96_960] = 0.0
    assert splash_db(audio[48_000:]) > -35.0


@pytest.mark.parametrize("ppm", [2000.0, -2000.0])
def test_a_clock_that_is_off_is_followed(ppm: float) -> None:
    audio, receiver = heard(Network(drift_ppm=ppm), seconds=30.0)
    # Unbent, the buffer would have run 60 ms off, which is more than it holds.
    assert receiver.lost == receiver.late == 0
    assert rms_db(audio[-48_000:]) == pytest.approx(rms_db(audio[48_000:96_000]), abs=0.1)


def test_packets_in_time_are_neither_lost_nor_late_over_the_wrap_of_the_time_stamps() -> None:
    _, receiver = heard(Network(jitter_s=0.03))
    assert (receiver.lost, receiver.late, receiver.undecodable) == (0, 0, 0)


def test_a_lost_packet_is_counted_once() -> None:
    _, receiver = heard(Network(loss=0.05), seconds=12.0)
    rng = np.random.default_rng(5)
    lost = sum(not (rng.random(), rng.random())[1] >= 0.05 for _ in range(600))
    assert 0 < receiver.lost <= lost


def test_sound_leaves_as_much_later_as_is_said() -> None:
    packets = spoken(2.0, 100.0)
    receiver, out = MicrophoneReceiver(), []
    for number, packet in enumerate(packets):
        # Half a block off, so that neither end of it is meant.
        for part in range(4):
            if part == 1:
                receiver.receive(number, number * 960, packet, 0.0)
            out.append(receiver.take(BLOCK))
    audio = np.concatenate(out)[:, 0]
    first = int(np.argmax(np.abs(audio) > 0.05))
    came = BLOCK
    # The encoder's look-ahead and the wave's own rise come on top.
    assert came + receiver.delay_frames <= first <= came + receiver.delay_frames + 480


def test_a_sender_that_begins_to_count_anew_is_followed() -> None:
    receiver = MicrophoneReceiver()
    out = []
    for base in (0, 3_000_000_000):
        for number, packet in enumerate(spoken(2.0, 100.0)):
            receiver.receive(number, (base + number * 960) % 2**32, packet, 0.0)
            out.append(receiver.take(960))
    audio = np.concatenate(out)
    assert rms_db(audio[-24_000:]) > -13.0
    assert splash_db(audio[24_000:]) < -60.0


def test_silence_before_and_after_and_a_bounded_memory() -> None:
    receiver = MicrophoneReceiver()
    assert not receiver.take(BLOCK).any()
    packets = spoken(2.0, 100.0)
    for number, packet in enumerate(packets * 3):
        receiver.receive(number, number * 960, packet, 0.0)
    assert len(receiver._packets) <= MAX_PACKETS
    for _ in range(1000):
        last = receiver.take(BLOCK)
    assert not last.any()
    assert len(receiver._pcm) < 10 * DEPTH


@pytest.mark.parametrize("payload", [b"", b"\xff" * 3, b"\x00" * 2000, bytes(range(256))])
def test_what_is_no_speech_is_passed_over(payload: bytes) -> None:
    receiver = MicrophoneReceiver()
    for number, packet in enumerate(spoken(2.0, 100.0)):
        receiver.receive(number, number * 960, payload if number == 50 else packet, 0.0)
        audio = receiver.take(960)
    assert rms_db(audio) > -13.0
