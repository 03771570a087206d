"""What key lock does to sound: `python -m tests.benchmarks.dj.keylock`, Rubber Band R3 beside it on the same samples.

Rubber Band's program (Debian: apt-get install rubberband-cli) works on the whole file and may look ahead as far as it
likes; ours splices as it plays. Purity is the energy outside ±8 Hz of the partials of steady tones, in dB of the whole;
clicks are placed by their time map; flux is how well onsets of music stay where they belong, 1 at best.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixer.dsp.limiter import LATENCY
from mixer.dsp.units import BLOCK, SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.engine import Engine
from tests.benchmarks.dj.songs import all_songs
from tests.mixer.rig import MemoryTrack, MemoryTracks

Samples = NDArray[np.int16]
Stretch = Callable[[Samples, float], tuple[NDArray[np.float64], float]]
"""Samples and rate → mono at that tempo and the old pitch, and processor seconds."""

TONES: dict[str, tuple[float, ...]] = {
    "sine 440 Hz": (440.0,),
    "chord of six partials": (110.0, 220.0, 277.18, 329.63, 440.0, 659.25),
    "bass 55 Hz": (55.0,),
}
RATES = (0.94, 1.06)
_MUSIC_S = 30


def ours(pcm: Samples, rate: float) -> tuple[NDArray[np.float64], float]:
    """A deck with key lock, at a pitch fader that gives `rate`."""
    engine = Engine(1, MemoryTracks(a=MemoryTrack("a", pcm)))
    place = engine.open()
    for command in (
        c.Load(0, "a"),
        c.SetPitchRange(0, 0.08),
        c.SetPitch(0, (rate - 1.0) / 0.08),
        c.SetKeyLock(0, True),
        c.MoveCrossfader(-1.0),
        c.Play(0, True),
    ):
        engine.apply(place, command)
    blocks = round(len(pcm) / rate) // BLOCK
    out = np.zeros((blocks * BLOCK, 2))
    began = time.process_time()
    for block in range(blocks):
        engine.render()
        out[block * BLOCK : (block + 1) * BLOCK] = engine.programme[place]
    return out.mean(axis=1)[LATENCY:], time.process_time() - began


def rubber_band(pcm: Samples, rate: float) -> tuple[NDArray[np.float64], float]:
    """`rubberband -3` on a file."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.wav", Path(folder) / "out.wav"
        with wave.open(str(source), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(pcm.tobytes())
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["rubberband", "-q", "-3", "-T", str(rate), source, target], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        with wave.open(str(target), "rb") as file:
            stretched = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return stretched.mean(axis=1) / 32768.0, cpu_s


def tone(partials: tuple[float, ...], seconds: float = 8.0) -> Samples:
    at = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    mono = sum(0.5 / len(partials) * np.sin(2 * np.pi * hz * at + n) for n, hz in enumerate(partials))
    return np.repeat(np.round(np.asarray(mono) * 32767).astype(np.int16)[:, None], 2, axis=1)


def impurity_db(sound: NDArray[np.float64], partials: tuple[float, ...]) -> float:
    """Energy away from the partials, in dB of all, over seconds 1 to 5."""
    part = sound[SAMPLE_RATE : 5 * SAMPLE_RATE]
    spectrum = np.abs(np.fft.rfft(part * np.blackman(len(part)), 1 << 20)) ** 2
    hz = np.fft.rfftfreq(1 << 20, 1.0 / SAMPLE_RATE)
    near = np.zeros(len(hz), bool)
    for partial in partials:
        near |= np.abs(hz - partial) < 8.0
    return float(10.0 * np.log10(spectrum[~near].sum() / spectrum.sum()))


def click_errors_ms(stretch: Stretch, rate: float) -> tuple[float, float]:
    """(95th percentile of the distance of clicks from where the tempo puts them, clicks too many or too few)."""
    length, burst = 38 * SAMPLE_RATE, np.arange(1200)
    mono = np.zeros(length)
    times = np.arange(0.5, 37.0, 0.5)
    for at in times:
        start = round(at * SAMPLE_RATE)
        mono[start : start + 1200] += 0.7 * np.exp(-burst / 150) * np.sin(2 * np.pi * 1500 * burst / SAMPLE_RATE)
    sound, _ = stretch(np.repeat(np.round(mono * 32767).astype(np.int16)[:, None], 2, axis=1), rate)
    loud = np.flatnonzero(np.abs(sound) > 0.1 * np.abs(sound).max())
    found = loud[np.concatenate([[True], np.diff(loud) > 0.02 * SAMPLE_RATE])] / SAMPLE_RATE
    expected = times / rate
    errors = np.abs(expected[:, None] - found[None, :]).min(axis=1) * 1000.0
    return float(np.percentile(errors, 95)), float(abs(len(found) - len(expected)))


def flux(mono: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spectral flux each millisecond, smoothed over ten: what is closer together is heard as one."""
    hop, window = 48, np.hanning(480)
    frames = np.lib.stride_tricks.sliding_window_view(mono, 480)[::hop] * window
    spectra = np.log1p(200.0 * np.abs(np.fft.rfft(frames, axis=1)))
    return np.convolve(np.maximum(np.diff(spectra, axis=0), 0.0).sum(axis=1), np.hanning(20), mode="same")


def onset_fidelity(pcm: Samples, sound: NDArray[np.float64], rate: float) -> float:
    """Correlation of the stretched flux with the flux of the music, moved to where the tempo puts it."""
    before, after = flux(pcm.mean(axis=1) / 32768.0), flux(sound)
    at = np.arange(len(after)) * rate
    expected = np.interp(at, np.arange(len(before)), before)
    inside = slice(500, int(len(before) / rate) - 500)
    return float(np.corrcoef(expected[inside], after[: len(expected)][inside])[0, 1])


def measure(stretch: Stretch, music: dict[str, Samples]) -> dict[str, float]:
    """Every figure of one stretcher, the worse of both rates."""
    figures: dict[str, float] = {}
    for name, partials in TONES.items():
        figures[f"{name}: impurity, dB"] = max(impurity_db(stretch(tone(partials), r)[0], partials) for r in RATES)
    clicks = [click_errors_ms(stretch, rate) for rate in RATES]
    figures["clicks: 95% within, ms"] = max(error for error, _ in clicks)
    figures["clicks doubled or lost"] = sum(count for _, count in clicks)
    cpu_s = seconds = 0.0
    fidelity = []
    for pcm in music.values():
        for rate in RATES:
            sound, spent_s = stretch(pcm, rate)
            cpu_s, seconds = cpu_s + spent_s, seconds + len(sound) / SAMPLE_RATE
            fidelity.append(onset_fidelity(pcm, sound, rate))
    if fidelity:
        figures["music: onsets kept, 1 at best"] = float(np.mean(fidelity))
        figures["CPU, % of a core"] = 100.0 * cpu_s / seconds
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dj.keylock", description=__doc__)
    parser.add_argument("--json", type=Path, default=Path("build/keylock.json"))
    parser.add_argument("--songs", type=int, default=6, help="how many pieces of real music")
    options = parser.parse_args()
    music = {song.name: song.samples() for song in all_songs(print)[: options.songs]}
    middle = {name: pcm[len(pcm) // 3 :][: _MUSIC_S * SAMPLE_RATE] for name, pcm in music.items()}
    ours(tone((440.0,), 1.0), 1.05)
    columns = {"NRS Live": measure(ours, middle)}
    if shutil.which("rubberband"):
        columns["Rubber Band R3"] = measure(rubber_band, middle)
    else:
        print("Rubber Band is not installed (Debian: apt-get install rubberband-cli): nothing to compare with.")
    print(f"{'':32}" + "".join(f"{name:>16}" for name in columns))
    for name in columns["NRS Live"]:
        print(f"{name:32}" + "".join(f"{column[name]:16.2f}" for column in columns.values()))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(columns, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
