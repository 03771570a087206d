"""What a DJ session costs: `python -m tests.benchmarks.dj.sessions`.

Processor time of this process per second of sound, as % of a core, so that other work on the machine disturbs it less
than it would a clock on the wall.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from mixer.clock.account import ADMISSION_MEDIAN, ADMISSION_SHARE
from mixer.clock.clock import Clock
from mixer.clock.priority import take_real_time_priority
from mixer.codecs.opus import OpusEncoder, OpusSettings
from mixer.dsp.effects.state import EffectKind
from mixer.dsp.units import BLOCK, SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.engine import Engine
from mixer.engine.layout import EFFECT_SLOTS
from tests.benchmarks.dj import liquidsoap
from tests.mixer.rig import Audio, MemoryTrack, MemoryTracks, music

OPUS_FRAME = 960
Encode = Callable[[Audio], object]


def aac() -> Encode:
    """AAC at 192 kbps by FFmpeg's fast coder, as LL-HLS has it; frames of 960 are gathered to its 1,024."""
    context = AudioCodecContext.create("aac", "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.bit_rate, context.time_base = SAMPLE_RATE, 192_000, Fraction(1, SAMPLE_RATE)
    context.layout, context.format = "stereo", "fltp"
    context.options = {"aac_coder": "fast"}
    gathered = av.AudioFifo()

    def encode(audio: Audio) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio.T), format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        gathered.write(frame)
        while (ready := gathered.read(1024)) is not None:
            context.encode(ready)

    return encode


def low_delay_cue() -> Encode:
    """Opus in packets of 10 ms, as the headphones get it."""
    encoder = OpusEncoder(OpusSettings(frame_ms=10, low_delay=True))

    def encode(audio: Audio) -> None:
        for start in range(0, OPUS_FRAME, encoder.settings.frames):
            encoder.encode(audio[start : start + encoder.settings.frames])

    return encode


def programme() -> Encode:
    """Opus at 128 kbps in packets of 20 ms."""
    return OpusEncoder(OpusSettings()).encode


def desk(sessions: int, *commands: c.Command, decks: int = 2) -> Engine:
    """Sessions of synced decks at different places of two tracks, with key lock, isolator and filter in the path."""
    tracks = MemoryTracks(a=MemoryTrack("a", music(60.0, 124.0, 1)), b=MemoryTrack("b", music(60.0, 128.0, 2)))
    engine = Engine(sessions, tracks)
    for _ in range(sessions):
        place = engine.open(decks)
        for deck in range(decks):
            start = (2.0 + 0.37 * place + deck) * SAMPLE_RATE
            engine.apply(place, c.Load(deck, "ab"[deck % 2], bpm=(124.0, 128.0)[deck % 2], cue_frame=start))
            engine.apply(place, c.SetKeyLock(deck, True))
            engine.apply(place, c.SetEqualiser(deck, 0, -0.5))
            engine.apply(place, c.SetFilter(deck, -0.3))
            engine.apply(place, c.SetPitch(deck, 0.46))
            engine.apply(place, c.Play(deck, True))
        engine.apply(place, c.SetMaster(6.0))
        for command in commands:
            engine.apply(place, command)
    for _ in range(100):
        engine.render()
    return engine


def measure(engine: Engine, seconds: float, outputs: Sequence[Callable[[], Encode]] = ()) -> tuple[float, float]:
    """(% of a core per session, ms that the longest of 99% of ticks took, encoders left out)."""
    encoders = [[make() for make in outputs] for _ in engine.places]
    packets = np.zeros((len(engine.places), OPUS_FRAME, 2), np.float32)
    ticks = []
    began = time.process_time()
    for number in range(round(seconds * SAMPLE_RATE / BLOCK)):
        before = time.perf_counter()
        engine.render()
        ticks.append(time.perf_counter() - before)
        part = number % (OPUS_FRAME // BLOCK)
        packets[:, part * BLOCK : (part + 1) * BLOCK] = engine.programme
        if part == OPUS_FRAME // BLOCK - 1:
            for place, of_session in enumerate(encoders):
                for encode in of_session:
                    encode(packets[place])
    share = 100.0 * (time.process_time() - began) / seconds / len(engine.places)
    return share, 1000.0 * float(np.percentile(ticks, 99))


def keep_time(engine: Engine, seconds: float) -> str:
    """How well this process keeps the deadlines of the clock while it renders, on a machine shared with others."""
    real_time = take_real_time_priority()
    clock = Clock(engine.render)
    end = time.monotonic() + seconds
    clock.run(lambda: time.monotonic() >= end)
    kept = clock.account.statistics()
    late_ms = f"{1000 * kept.late_p50_s:.2f}, p99 {1000 * kept.late_p99_s:.2f}, max {1000 * kept.late_max_s:.2f} ms"
    priority = "SCHED_FIFO" if real_time else "no real-time priority"
    busy_ms = f"{1000 * kept.busy_p99_s:.2f} ms"
    return f"{kept.ticks} ticks, {kept.missed} missed, late p50 {late_ms}, busy p99 {busy_ms}, {priority}"


WITH_OPUS = "the same and one Opus 128k"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dj.sessions", description=__doc__)
    parser.add_argument("--sessions", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    print(f"{options.sessions} sessions, blocks of {1000 * BLOCK / SAMPLE_RATE:.0f} ms, {options.seconds:.0f} s each\n")
    print(f"{'per session':52} {'% core':>7} {'a core':>7} {'p99 ms':>7}")
    varispeed = (c.SetKeyLock(0, False), c.SetKeyLock(1, False))
    effects = (c.SetEffect(0, EffectKind.ECHO), c.SetEffect(1, EffectKind.FLANGER), c.SetEffect(4, EffectKind.REVERB))
    everything = (*(c.SetEffect(slot, EffectKind.REVERB) for slot in range(EFFECT_SLOTS)), c.SetMicrophone(True))
    rows = [
        ("2 decks, key lock, isolator, filter, limiter", desk(options.sessions), ()),
        (WITH_OPUS, desk(options.sessions), (programme,)),
        ("the same, programme, cue and AAC", desk(options.sessions), (programme, low_delay_cue, aac)),
        ("2 decks, varispeed, isolator, filter, limiter", desk(options.sessions, *varispeed), ()),
        ("2 decks, key lock and three effects", desk(options.sessions, *effects), ()),
        ("4 decks, key lock, isolator, filter, limiter", desk(options.sessions, decks=4), ()),
        ("2 decks at rest", desk(options.sessions, c.Play(0, False), c.Play(1, False)), ()),
        ("4 decks, a reverb in every slot, microphone", desk(options.sessions, *everything, decks=4), ()),
    ]
    shares = {}
    for name, engine, outputs in rows:
        shares[name], p99_ms = measure(engine, options.seconds, outputs)
        print(f"{name:52} {shares[name]:7.2f} {100.0 / shares[name]:7.1f} {p99_ms:7.2f}")
    if liquidsoap.PROGRAM is None:
        print("Liquidsoap is not installed (Debian: apt-get install liquidsoap): nothing to compare with.")
    else:
        share, memory_mib, start_s = liquidsoap.measure(2 * options.seconds)
        ratio = share / shares[WITH_OPUS]
        print(f"{'Liquidsoap, the nearest chain with one Opus 128k':52} {share:7.2f} {100.0 / share:7.1f}")
        print(f"  {ratio:.1f} times ours; {memory_mib:.0f} MiB a chain, {start_s:.1f} s until it sounds")
    print(f"\nOn the clock, {options.sessions} sessions: {keep_time(desk(options.sessions), options.seconds)}")
    median_ms, p99_ms = (1000 * share * BLOCK / SAMPLE_RATE for share in (ADMISSION_MEDIAN, ADMISSION_SHARE))
    print(f"A new session is refused when the median of work passes {median_ms:.2f} ms, or p99 {p99_ms:.2f} ms.")

    return 0


if __name__ == "__main__":
    raise SystemExit(main())
