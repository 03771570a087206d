"""How often tempo and key are found: `python -m tests.benchmarks.dj.accuracy`, librosa beside it on the same samples.

Tempo: Acc1 within 4% of the truth, Acc2 also at half, double, a third or three times of it (Gouyon et al., 2006). A
grid is right when its tempo, octave aside, is within 0.02 BPM: it holds to the end of the track. Key: MIREX's score.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixer.analysis.beat_grid import find_beats
from mixer.analysis.key import NAMES, find_key
from mixer.analysis.onsets import find_onsets, mono
from mixer.dsp.units import SAMPLE_RATE
from tests.benchmarks.dj.scored_key import scored_key
from tests.benchmarks.dj.songs import LMMS_PROJECTS, Song, all_songs

PEER_PYTHON = Path(__file__).parents[3] / ".cache" / "peers" / "librosa" / "bin" / "python"
PEER_SCRIPT = Path(__file__).with_name("librosa_peer.py")
_PEER_LIMIT_S = 300
_LEAST_BEATS = 8

Key = tuple[int, bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """What an analyser says of one song; `grid_bpm` is the tempo that its beats keep."""

    bpm: float
    grid_bpm: float
    key: Key | None
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Row:
    song: Song
    seconds: float
    key: Key | None
    ours: Finding
    peer: Finding | None


def ours(pcm: NDArray[np.int16]) -> Finding:
    """Our own analysis: grid and key."""
    began = time.process_time()
    signal = mono(pcm)
    grid, key = find_beats(find_onsets(signal), signal), find_key(signal)
    bpm = grid.bpm if grid is not None else 0.0
    return Finding(bpm, bpm, (key.tonic, key.is_minor) if key else None, time.process_time() - began)


def librosa(pcm: NDArray[np.int16]) -> Finding:
    """librosa, in a process of its own; a constant tempo is fitted to its beats, outliers left out."""
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file, pcm)
        file.flush()
        ran = subprocess.run(
            [PEER_PYTHON, PEER_SCRIPT, file.name], capture_output=True, timeout=_PEER_LIMIT_S, check=True
        )
    said = json.loads(ran.stdout)
    beats = np.asarray(said["beats"])
    grid = steady_tempo(beats) if len(beats) >= _LEAST_BEATS else 0.0
    return Finding(said["bpm"], grid, (said["tonic"], said["is_minor"]), said["tempo_cpu_s"] + said["key_cpu_s"])


def steady_tempo(beats_s: NDArray[np.float64]) -> float:
    """BPM of the line through beats, by least squares without those further off than 12% of a beat."""
    steps = np.diff(beats_s)
    period = float(np.median(steps))
    numbers = np.concatenate([[0], np.cumsum(np.maximum(1, np.round(steps / period)))])
    kept = np.ones(len(beats_s), bool)
    for _ in range(5):
        period, start = np.polyfit(numbers[kept], beats_s[kept], 1)
        off = beats_s - (numbers * period + start)
        kept = np.abs(off - np.median(off[kept])) < 0.12 * period
    return 60.0 / float(period)


def octave_error(bpm: float, truth: float) -> float:
    """The distance in BPM to the truth, its half or its double, whichever is nearest, on the scale of the truth."""
    return min(abs(bpm * factor - truth) for factor in (0.5, 1.0, 2.0))


def mirex(found: Key | None, truth: Key) -> float:
    """1 for the key, 0.5 a fifth away, 0.3 for the relative, 0.2 for the parallel (MIREX audio key detection)."""
    if found is None:
        return 0.0
    if found == truth:
        return 1.0
    (tonic, is_minor), (true_tonic, true_minor) = found, truth
    if is_minor == true_minor:
        return 0.5 if (tonic - true_tonic) % 12 in (5, 7) else 0.0
    if (tonic - true_tonic) % 12 == (9 if is_minor else 3):
        return 0.3
    return 0.2 if tonic == true_tonic else 0.0


def measure(songs: Sequence[Song], with_peer: bool, tell: Callable[[str], None]) -> list[Row]:
    projects = {path.stem: path for path in LMMS_PROJECTS.glob("demos/**/*.mmp*")}
    rows = []
    # What compiles at its first use is not charged to the first song.
    ours(songs[0].samples()[: 20 * SAMPLE_RATE])
    for song in songs:
        pcm = song.samples()
        key = scored_key(projects[song.name]) if song.name in projects else None
        row = Row(song, len(pcm) / SAMPLE_RATE, key, ours(pcm), librosa(pcm) if with_peer else None)
        peer = f"  librosa {_said(row.peer, key)}" if row.peer else ""
        tell(f"  {song.name[:36]:36} truth {song.tempo.bpm:7.2f} {_name(key):4}  ours {_said(row.ours, key)}{peer}")
        rows.append(row)
    return rows


def _said(finding: Finding, truth: Key | None) -> str:
    """Tempo, key, and the key's score where the truth is known."""
    score = "" if truth is None else f"{mirex(finding.key, truth):.1f}"
    return f"{finding.bpm:7.2f} {_name(finding.key):4} {score:3}"


def tell_at_once(line: str) -> None:
    """Also through a pipe: there may be minutes from one line to the next."""
    print(line, flush=True)


def _name(key: Key | None) -> str:
    return "–" if key is None else f"{NAMES[key[0]]}{'m' if key[1] else ''}"


def summary(rows: Sequence[Row], finding: Callable[[Row], Finding]) -> dict[str, float]:
    """Shares in %, and processor seconds a minute of music."""
    tempos = [(finding(row).bpm, row.song.tempo.bpm) for row in rows]
    grids = [octave_error(finding(row).grid_bpm, row.song.tempo.bpm) for row in rows]
    keys = [mirex(finding(row).key, row.key) for row in rows if row.key is not None]
    factors = (1.0, 2.0, 0.5, 3.0, 1.0 / 3.0)
    return {
        "tempo Acc1, %": 100.0 * float(np.mean([abs(found / truth - 1.0) < 0.04 for found, truth in tempos])),
        "tempo Acc2, %": 100.0
        * float(np.mean([any(abs(found * f / truth - 1.0) < 0.04 for f in factors) for found, truth in tempos])),
        "grids within 0.02 BPM, %": 100.0 * float(np.mean([error < 0.02 for error in grids])),
        "key, MIREX score, %": 100.0 * float(np.mean(keys)) if keys else float("nan"),
        "CPU s a minute of music": 60.0 * sum(finding(row).cpu_s for row in rows) / sum(row.seconds for row in rows),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dj.accuracy", description=__doc__)
    parser.add_argument("--without-librosa", action="store_true")
    parser.add_argument("--json", type=Path, default=Path("build/accuracy.json"))
    options = parser.parse_args()
    songs = all_songs(tell_at_once)
    if not songs:
        print("There is no music to measure with.")
        return 1
    with_peer = not options.without_librosa and PEER_PYTHON.exists()
    if not with_peer and not options.without_librosa:
        print("librosa is not there (make .cache/peers/librosa), so there is nothing to compare with.")
    rows = measure(songs, with_peer, tell_at_once)
    columns = {"NRS Live": summary(rows, lambda row: row.ours)}
    if with_peer:
        columns["librosa"] = summary(rows, lambda row: row.peer or row.ours)
    keyed = sum(row.key is not None for row in rows)
    print(f"\n{len(rows)} songs; the key is known of {keyed}\n{'':28}" + "".join(f"{name:>12}" for name in columns))
    for name in columns["NRS Live"]:
        print(f"{name:28}" + "".join(f"{column[name]:12.2f}" for column in columns.values()))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"songs": len(rows), "keyed": keyed, **columns}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
