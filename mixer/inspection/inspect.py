"""From a file that somebody sent to everything the platform keeps of a track, or to why it is none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av

from mixer.analysis.track import TrackAnalysis, analyse
from mixer.inspection.container import check_container
from mixer.inspection.cover import PictureRejected, draw_cover
from mixer.inspection.ending import check_ending
from mixer.inspection.fingerprint import fingerprint
from mixer.inspection.malware import Finding, compile_rules, scan
from mixer.inspection.reencode import write_mp3
from mixer.inspection.tags import Tags, read_tags
from mixer.inspection.waveform_file import write_waveform
from mixer.tracks.decode import ONLY_SOUND
from mixer.tracks.pcm_file import PcmTrack
from mixer.tracks.rejected import TrackRejected
from mixer.tracks.store import TrackStore

MALWARE = "MALWARE"
AUDIO, COVER, WAVEFORM = "audio.mp3", "cover.jpg", "waveform.bin"
_STORE = "decoded"

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A file in the folder of the inspection; `max_seconds` is how long a track may be."""

    folder: Path
    suffix: str
    max_seconds: float

    @property
    def path(self) -> Path:
        return self.folder / f"original{self.suffix}"


def inspect(sent: Sent) -> Result:
    """Writes AUDIO, WAVEFORM and perhaps COVER beside the file. Everything in the result can be written as JSON."""
    findings = scan(sent.path, compile_rules())
    scanned = {"rules": [finding.rule for finding in findings]}
    if findings and findings[0].is_malware:
        return _infected(findings, scanned)
    try:
        # What a file is as a whole says more than what can be found in it: a ZIP archive hides none.
        container = check_container(sent.path, sent.suffix)
        if findings:
            return _infected(findings, scanned)
        check_ending(sent.path, container)
        track = _decoded(sent)
    except TrackRejected as rejected:
        return _rejected(rejected.problem, str(rejected), scanned)
    tags = read_tags(sent.path)
    pcm = track.pcm[: track.frames]
    analysis = analyse(pcm)
    write_waveform(sent.folder / WAVEFORM, analysis.overview, analysis.zoomed)
    write_mp3(sent.folder / AUDIO, pcm, _of_ffmpeg(tags))
    return {
        "outcome": "inspected",
        "scan": scanned,
        "content_id": track.id,
        "container": container,
        "sound": _sound(sent.path),
        "tags": _of_result(tags),
        "analysis": _of_analysis(analysis),
        "fingerprint": fingerprint(pcm),
        "has_cover": _write_cover(sent.folder / COVER, tags),
    }


def analyse_again(sent: Sent) -> Result:
    """The analysis of a file that was inspected before, and its WAVEFORM."""
    try:
        track = _decoded(sent)
    except TrackRejected as rejected:
        return _rejected(rejected.problem, str(rejected), {"rules": []})
    analysis = analyse(track.pcm[: track.frames])
    write_waveform(sent.folder / WAVEFORM, analysis.overview, analysis.zoomed)
    return {"outcome": "analysed", "analysis": _of_analysis(analysis)}


def _infected(findings: list[Finding], scanned: Result) -> Result:
    return _rejected(MALWARE, findings[0].sentence, scanned)


def _rejected(code: str, sentence: str, scanned: Result) -> Result:
    return {"outcome": "rejected", "code": str(code), "message": sentence, "scan": scanned}


def _decoded(sent: Sent) -> PcmTrack:
    """The same samples as decks play. Raises TrackRejected."""
    store = TrackStore(sent.folder / _STORE, max_bytes=2**62, max_seconds=sent.max_seconds)
    return store.get_track(store.decode(sent.path, suffix=sent.suffix))


def _sound(path: Path) -> Result:
    """How the file carries its sound."""
    with av.open(str(path), "r", metadata_errors="ignore", options=ONLY_SOUND) as container:
        stream = container.streams.audio[0]
        context = stream.codec_context
        return {
            "codec": context.name,
            "sample_rate_hz": context.sample_rate,
            "channels": context.channels,
            "sample_format": context.format.name,
            "bit_rate_bps": context.bit_rate or container.bit_rate or None,
        }


def _of_ffmpeg(tags: Tags) -> dict[str, str]:
    year = str(tags.year) if tags.year else ""
    said = {"title": tags.title, "artist": tags.artist, "album": tags.album, "genre": tags.genre}
    return said | {"date": year, "comment": tags.comment}


def _of_result(tags: Tags) -> Result:
    said = {"title": tags.title, "artist": tags.artist, "album": tags.album, "genre": tags.genre}
    return said | {"year": tags.year, "comment": tags.comment, "other": dict(tags.other)}


def _of_analysis(analysis: TrackAnalysis) -> Result:
    grid, key, structure = analysis.grid, analysis.key, analysis.structure
    return {
        "duration_s": analysis.duration_s,
        "lufs": analysis.lufs,
        "trim_db": analysis.trim_db,
        "bpm": grid.bpm if grid else None,
        "bpm_confidence": grid.confidence if grid else None,
        "grid_frame": float(grid.grid_frame) if grid else None,
        "key": key.name if key else None,
        "camelot": key.camelot if key else None,
        "key_confidence": key.confidence if key else None,
        "structure": {name: float(value) for name, value in asdict(structure).items()} if structure else None,
    }


def _write_cover(path: Path, tags: Tags) -> bool:
    """Whether there was a picture that is one."""
    for picture in tags.pictures:
        try:
            path.write_bytes(draw_cover(picture))
        except PictureRejected:
            continue
        return True
    return False
