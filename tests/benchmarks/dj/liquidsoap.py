"""Liquidsoap at what comes nearest to a session: two decks, tempo apart from pitch, shelves, filter, limiter, Opus."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import wave
from pathlib import Path

import psutil

from mixer.dsp.units import SAMPLE_RATE
from tests.mixer.rig import music
from tests.support.waiting import wait_until

PROGRAM = shutil.which("liquidsoap")
_START_LIMIT_S = 60.0

_SCRIPT = """
settings.init.allow_root.set(true)
settings.log.stdout.set(false)
settings.log.file.set(false)
def deck(path) =
  s = single(path)
  s = soundtouch(tempo=1.037, s)
  s = filter.iir.eq.lowshelf(frequency=250., slope=1., s)
  s = filter.iir.eq.highshelf(frequency=2500., slope=1., s)
  s = filter.iir.eq.low(frequency=8000., s)
  amplify(0.7, s)
end
mix = limit(add(normalize=false, [deck("{a}"), deck("{b}")]))
output.file(fallible=true, %opus(vbr="constrained", application="audio", bitrate=128, stereo), "{out}", mix)
"""


def measure(seconds: float) -> tuple[float, float, float]:
    """(% of a core for one chain in real time, MiB of memory, seconds until it sounds)."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for track, bpm, seed in (("a", 124.0, 1), ("b", 128.0, 2)):
            with wave.open(str(folder / f"{track}.wav"), "wb") as file:
                file.setnchannels(2)
                file.setsampwidth(2)
                file.setframerate(SAMPLE_RATE)
                file.writeframes(music(60.0, bpm, seed).tobytes())
        out = folder / "out.opus"
        script = folder / "chain.liq"
        script.write_text(
            _SCRIPT.replace("{a}", str(folder / "a.wav"))
            .replace("{b}", str(folder / "b.wav"))
            .replace("{out}", str(out))
        )
        began = time.monotonic()
        with subprocess.Popen([PROGRAM, script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            try:
                wait_until(lambda: out.exists() and out.stat().st_size > 0, timeout_s=_START_LIMIT_S)
                started_s = time.monotonic() - began
                process = psutil.Process(child.pid)
                before, since = process.cpu_times(), time.monotonic()
                time.sleep(seconds)
                after = process.cpu_times()
                spent = after.user + after.system - before.user - before.system
                share = 100.0 * spent / (time.monotonic() - since)
                return share, process.memory_info().rss / 2**20, started_s
            finally:
                child.terminate()
                child.wait()
