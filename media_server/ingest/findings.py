"""What may be wrong with a stream, in words for whoever publishes it, with the setting to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

Level = Literal["good", "fair", "bad"]
Code = Literal[
    "KEYFRAMES_FAR_APART",
    "KEYFRAMES_UNEVEN",
    "B_FRAMES",
    "BITRATE_BELOW_PROMISE",
    "UPLOAD_TOO_SLOW",
    "FRAME_RATE_LOW",
    "FRAMES_DROPPED",
    "AUDIO_VIDEO_DRIFT",
    "NO_AUDIO",
    "NO_VIDEO",
    "STALLED",
]

RAISE_S: Final = 3.0
"""A finding is told once it has held for this long, and no more once it has not for CLEAR_S: it does not flicker."""
CLEAR_S: Final = 6.0

_SETTINGS: Final[dict[Code, str]] = {
    "KEYFRAMES_FAR_APART": "OBS: Settings → Output → Output Mode: Advanced → Keyframe Interval: 2 s (1 s is best)",
    "KEYFRAMES_UNEVEN": "OBS: Settings → Output → Output Mode: Advanced → x264 Options: scenecut=0",
    "B_FRAMES": "OBS: Settings → Output → Output Mode: Advanced → Max B-frames: 0, or Tune: zerolatency for x264",
    "BITRATE_BELOW_PROMISE": "OBS: Settings → Output → Bitrate: three quarters of what your upload can do",
    "UPLOAD_TOO_SLOW": "OBS: Settings → Output → Bitrate: 2500 to 6000 Kbps, where your upload can do more than that",
    "FRAME_RATE_LOW": "OBS: Settings → Video → Common FPS Values: 30; a faster preset if the processor is busy",
    "FRAMES_DROPPED": "OBS: Settings → Output → Bitrate: lower; use a cable in place of Wi-Fi",
    "AUDIO_VIDEO_DRIFT": "OBS: Settings → Audio → Sample Rate: 48 kHz, as the sound card's own; then stream anew",
    "NO_AUDIO": "OBS: Audio Mixer: a source that is not muted; Settings → Output → Audio Track: 1",
    "NO_VIDEO": "OBS: a source in the scene, and Settings → Output → Video Encoder: x264 or your graphics card's H.264",
    "STALLED": "OBS: look at the status bar for dropped frames; check the connection to the Internet",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`message` says what was seen, with its figure."""

    code: Code
    level: Level
    message: str

    def told(self) -> dict[str, Any]:
        """As ARCHITECTURE.md has it in a worker's snapshot."""
        return {"code": self.code, "level": self.level, "message": self.message, "setting": _SETTINGS[self.code]}


@dataclass(slots=True)
class _Followed:
    newest: Finding
    since: float
    last: float
    is_told: bool = False


class Findings:
    """What is found at each look, with some patience."""

    def __init__(self) -> None:
        self._followed: dict[Code, _Followed] = {}

    def look(self, found: Iterable[Finding], *, now: float) -> None:
        """What holds now. `STALLED` is told at once: it is over by the time that others are believed."""
        for finding in found:
            followed = self._followed.get(finding.code)
            if followed is None:
                followed = self._followed[finding.code] = _Followed(finding, now, now)
            followed.newest, followed.last = finding, now
            if now - followed.since >= RAISE_S or finding.code == "STALLED":
                followed.is_told = True
        for code, followed in tuple(self._followed.items()):
            patience_s = CLEAR_S if followed.is_told and code != "STALLED" else 0.0
            if now - followed.last > patience_s:
                del self._followed[code]

    def clear(self) -> None:
        """Another source: what was found of the one before is nothing to it."""
        self._followed.clear()

    @property
    def told(self) -> list[Finding]:
        """Those that are to be seen, the worst first."""
        shown = [followed.newest for followed in self._followed.values() if followed.is_told]
        return sorted(shown, key=lambda finding: (finding.level != "bad", finding.code))

    @property
    def level(self) -> Level:
        """Of the whole stream."""
        levels = {finding.level for finding in self.told}
        return "bad" if "bad" in levels else "fair" if "fair" in levels else "good"
