"""Decoding a file to 48 kHz stereo int16, piece by piece.

The file is judged by what is in it. What comes out is on the engine's own timeline: an MP3 without a LAME header starts
1,105 samples later than in some players, and analysis sees the same samples as the decks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from mixer.dsp.units import SAMPLE_RATE
from mixer.tracks.rejected import Problem, TrackRejected

# What FFmpeg calls the containers that each suffix may hold.
CONTAINERS = {
    ".mp3": {"mp3"},
    ".wav": {"wav", "w64"},
    ".flac": {"flac"},
    ".m4a": {"mov"},
    ".mp4": {"mov"},
    ".aac": {"aac"},
    ".ogg": {"ogg"},
    ".oga": {"ogg"},
    ".opus": {"ogg"},
    ".aiff": {"aiff"},
    ".aif": {"aiff"},
}
# FFmpeg also knows playlists, which would make it open whatever addresses somebody wrote into a file.
ONLY_SOUND = {"format_whitelist": "mp3,wav,w64,flac,mov,aac,ogg,aiff", "protocol_whitelist": "file"}
MIN_SECONDS = 1.0
MAX_SECONDS = 4 * 3600.0
_SILENT_PEAK = 3  # of 32768: −80 dBFS
# A decoder skips a damaged packet; more than this part of them is a damaged file.
_TOLERATED_DAMAGE = 0.01
_TRUNCATED_BELOW = 0.98


@dataclass(frozen=True, slots=True)
class Decoded:
    """A piece of a track: int16 of shape (frames, 2). `expected_frames`: what the file claims in all, if anything."""

    samples: NDArray[np.int16]
    expected_frames: int | None


def _open(path: Path, suffix: str) -> av.container.InputContainer:
    try:
        container = av.open(str(path), "r", metadata_errors="ignore", options=ONLY_SOUND)
    except (av.error.FFmpegError, ValueError) as error:
        raise TrackRejected(Problem.NOT_AUDIO, "This file is not audio, or is damaged from its start.") from error
    formats = set(container.format.name.split(","))
    wanted = CONTAINERS.get(suffix)
    if wanted is None:
        container.close()
        raise TrackRejected(Problem.NOT_AUDIO, f"Files of the kind {suffix or 'without a suffix'} are not supported.")
    if not formats & wanted:
        container.close()
        if not formats & set().union(*CONTAINERS.values()):
            raise TrackRejected(Problem.NOT_AUDIO, "This file is not audio.")
        raise TrackRejected(
            Problem.MISLABELLED, f"This file is named {suffix} but holds {sorted(formats)[0]}: rename it and try again."
        )
    return container


def _audio_stream(container: av.container.InputContainer) -> AudioStream:
    if not container.streams.audio:
        raise TrackRejected(Problem.NOT_AUDIO, "There is no sound in this file.")
    stream = container.streams.audio[0]
    # PyAV leaves this out for a codec that it does not know, which its annotations do not say.
    if stream.codec_context is None:
        raise TrackRejected(Problem.NOT_AUDIO, "The sound in this file is of a kind that cannot be decoded.")
    if not stream.codec_context.sample_rate or not 4_000 <= stream.codec_context.sample_rate <= 384_000:
        raise TrackRejected(Problem.NOT_AUDIO, "The sample rate of this file is not supported.")
    return stream


def _claimed_seconds(container: av.container.InputContainer, stream: AudioStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _frames(container: av.container.InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded frames; damaged packets are skipped while they are few."""
    packets = damaged = 0
    try:
        for packet in container.demux(stream):
            packets += 1
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                damaged += 1
    except av.error.FFmpegError:
        damaged += max(1, packets)
    if damaged > max(1.0, packets * _TOLERATED_DAMAGE):
        raise TrackRejected(Problem.CORRUPT, "This file is damaged: parts of it cannot be decoded.")


def _stereo(frame: AudioFrame, layout: av.AudioResampler, mono: bool) -> list[NDArray[np.float32]]:
    """Interleaved float stereo of shape (frames, 2), at the file's own rate."""
    try:
        pieces = [np.asarray(piece.to_ndarray(), np.float32) for piece in layout.resample(frame)]
    except av.error.FFmpegError as error:
        raise TrackRejected(Problem.CORRUPT, "This file changes its form in the middle: it is damaged.") from error
    # FFmpeg would take 3 dB off each side of a mono file; on a desk, mono is as loud as stereo.
    return [np.repeat(piece.reshape(-1, 1), 2, axis=1) if mono else piece.reshape(-1, 2) for piece in pieces]


def _wav_ends_early(path: Path) -> bool:
    """Whether a WAV file holds less sound than its header says; FFmpeg believes the size of the file instead."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return False  # RF64 and W64 are written by programs that do not know the size beforehand
        file.seek(12)
        while len(head := file.read(8)) == 8:
            length = int.from_bytes(head[4:], "little")
            if head[:4] == b"data":
                return length != 0xFFFFFFFF and file.tell() + length > size
            file.seek(length + length % 2, 1)
    return True


def _to_int16(audio: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.round(np.clip(audio, -1.0, 32767.0 / 32768.0) * 32768.0).astype(np.int16)


def decode(path: Path, *, suffix: str | None = None, max_seconds: float = MAX_SECONDS) -> Iterator[Decoded]:
    """The samples of a file in pieces, in order. `suffix` is that of its original name when `path` has another.

    Raises TrackRejected, before the first piece or after some: only a track decoded to its end is valid.
    """
    container = _open(path, (suffix if suffix is not None else path.suffix).lower())
    with container:
        stream = _audio_stream(container)
        claimed = _claimed_seconds(container, stream)
        if "wav" in container.format.name and _wav_ends_early(path):
            raise TrackRejected(Problem.TRUNCATED, "This file is shorter than it says: the upload was cut short.")
        too_long = TrackRejected(Problem.TOO_LONG, f"A track may be {max_seconds / 60.0:.0f} minutes long.")
        if claimed is not None and claimed > max_seconds:
            raise too_long
        expected = round(claimed * SAMPLE_RATE) if claimed is not None else None
        rate = stream.codec_context.sample_rate
        mono = stream.codec_context.channels == 1
        layout = av.AudioResampler(format="flt", layout="mono" if mono else "stereo", rate=rate)
        resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 2, dtype="float32", quality="VHQ")
        total = peak = 0
        for frame in _frames(container, stream):
            for piece in _stereo(frame, layout, mono):
                samples = _to_int16(resampler.resample_chunk(piece) if rate != SAMPLE_RATE else piece)
                total += len(samples)
                if total > max_seconds * SAMPLE_RATE:
                    raise too_long
                if len(samples):
                    peak = max(peak, int(samples.max()), -int(samples.min()))
                    yield Decoded(samples, expected)
        if rate != SAMPLE_RATE:
            last = _to_int16(resampler.resample_chunk(np.zeros((0, 2), np.float32), last=True))
            total += len(last)
            yield Decoded(last, expected)
    _judge(total, peak, expected)


def _judge(total: int, peak: int, expected: int | None) -> None:
    """Raises TrackRejected for what only shows at the end."""
    if total == 0:
        raise TrackRejected(Problem.CORRUPT, "Nothing in this file could be decoded.")
    if expected is not None and total < expected * _TRUNCATED_BELOW - SAMPLE_RATE // 10:
        heard, claimed = total / SAMPLE_RATE, expected / SAMPLE_RATE
        raise TrackRejected(
            Problem.TRUNCATED, f"This file ends after {heard:.0f} of {claimed:.0f} seconds: the upload was cut short."
        )
    if total < MIN_SECONDS * SAMPLE_RATE:
        raise TrackRejected(Problem.TOO_SHORT, "A track is at least a second long.")
    if peak <= _SILENT_PEAK:
        raise TrackRejected(Problem.SILENT, "This file is silent from start to end.")
