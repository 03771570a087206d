"""Real music whose tempo is known, from Debian packages: Frets on Fire songs and the demos of LMMS.

    apt-get install --no-install-recommends fretsonfire-songs-sectoid fretsonfire-songs-muldjord lmms

LMMS renders its demos once, into .cache/music.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixer.tracks.decode import decode
from tests.benchmarks.dj.truth import Tempo, lmms_tempo, midi_tempo

CACHE = Path(__file__).parents[3] / ".cache" / "music"
FRETS_ON_FIRE = Path("/usr/share/games/fretsonfire/data/songs")
LMMS_PROJECTS = Path("/usr/share/lmms/projects")
_RENDER_LIMIT_S = 600
_LEAST_S = 15.0
"""A shorter piece is a jingle: no DJ would ask for its tempo."""


@dataclass(frozen=True, slots=True)
class Song:
    """`files` are stems that play together."""

    name: str
    files: tuple[Path, ...]
    tempo: Tempo

    def samples(self) -> NDArray[np.int16]:
        """48 kHz stereo, of shape (frames, 2)."""
        stems = [np.concatenate([piece.samples for piece in decode(path)]) for path in self.files]
        length = min(map(len, stems))
        mixed = np.sum([stem[:length].astype(np.int32) for stem in stems], axis=0)
        return np.asarray(np.clip(mixed, -32768, 32767), np.int16)


def all_songs(tell: Callable[[str], None]) -> list[Song]:
    """What is installed, by name; `tell` hears of what is rendered and of what is missing."""
    return sorted([*_frets_on_fire(tell), *_lmms_demos(tell)], key=lambda song: song.name)


def _frets_on_fire(tell: Callable[[str], None]) -> Iterator[Song]:
    notes = sorted(FRETS_ON_FIRE.glob("*/*/notes.mid"))
    if not notes:
        tell("Songs are not installed (Debian: apt-get install fretsonfire-songs-sectoid fretsonfire-songs-muldjord).")
    for path in notes:
        stems = tuple(stem for name in ("song.ogg", "guitar.ogg") if (stem := path.with_name(name)).exists())
        yield Song(path.parent.name, stems, midi_tempo(path))


def _lmms_demos(tell: Callable[[str], None]) -> Iterator[Song]:
    program = shutil.which("lmms")
    if program is None:
        tell("LMMS is not installed (Debian: apt-get install --no-install-recommends lmms).")
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    for project in sorted(LMMS_PROJECTS.glob("demos/**/*.mmp*")):
        tempo = lmms_tempo(project)
        if tempo is None:
            continue
        rendered = CACHE / f"{project.stem}.wav"
        if not rendered.exists() and not _render(program, project, rendered, tell):
            continue
        if rendered.stat().st_size > 0:
            yield Song(project.stem, (rendered,), tempo)


def _render(program: str, project: Path, target: Path, tell: Callable[[str], None]) -> bool:
    """Render a project; one that LMMS cannot render, or that is a jingle, leaves an empty file, and is said once."""
    tell(f"LMMS renders {project.stem}")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        out = Path(folder) / target.name
        command = [program, "render", str(project), "-f", "wav", "-o", str(out)]
        if os.geteuid() == 0:
            command.insert(1, "--allowroot")
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": folder}
        try:
            subprocess.run(command, env=environment, capture_output=True, timeout=_RENDER_LIMIT_S, check=True)
            frames = sum(len(piece.samples) for piece in decode(out))
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            tell(f"  left out: {type(error).__name__}")
            frames = 0
        if frames < _LEAST_S * 48_000:
            target.touch()
            return False
        out.replace(target)
    return True
