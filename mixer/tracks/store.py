"""The folder of decoded tracks: one file per content for all processes of a host, least used out first."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from mixer.dsp.units import SAMPLE_RATE
from mixer.engine.session import UnknownTrack
from mixer.tracks.decode import MAX_SECONDS, decode
from mixer.tracks.pcm_file import PcmTrack, PcmWriter, UnreadablePcm

_SUFFIX = ".pcm"
_LOCK_SUFFIX = ".lock"


def content_id(path: Path) -> str:
    """The name of a file's content: its SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class OpenTracks:
    """Opens what is decoded in `folder`, and keeps it open; the engine's TrackSource."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, PcmTrack] = {}

    def _path(self, track_id: str) -> Path:
        if len(track_id) != 64 or not set(track_id) <= set("0123456789abcdef"):
            raise UnknownTrack(track_id)
        return self._folder / f"{track_id}{_SUFFIX}"

    def get_track(self, track_id: str) -> PcmTrack:
        """A track that was decoded, or is being decoded, on this host. Raises UnknownTrack."""
        if track := self._open.get(track_id):
            return track
        path = self._path(track_id)
        try:
            track = PcmTrack(track_id, path)
        except (FileNotFoundError, UnreadablePcm) as error:
            raise UnknownTrack(track_id) from error
        os.utime(path)
        self._open[track_id] = track
        return track

    def release(self, track_id: str) -> None:
        """No deck of this process plays the track any more."""
        self._open.pop(track_id, None)

    def keep_only(self, track_ids: Container[str]) -> None:
        """Release all but some tracks."""
        for track_id in [track_id for track_id in self._open if track_id not in track_ids]:
            del self._open[track_id]


class TrackStore(OpenTracks):
    """Decodes files into `folder` and opens what is there.

    `max_bytes` bounds the disk used by tracks that nobody of this store has open. An open track stays readable when
    another process evicts it: its file is gone from the folder, and its pages stay until it is closed.
    """

    def __init__(self, folder: Path, *, max_bytes: int, max_seconds: float = MAX_SECONDS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder)
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._remove_leftovers()

    @contextmanager
    def _decoding(self, track_id: str) -> Iterator[bool]:
        """Holds the right to decode a track; False when another process has it. It ends with the process."""
        path = self._folder / f"{track_id}{_LOCK_SUFFIX}"
        with path.open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            try:
                yield True
            finally:
                path.unlink(missing_ok=True)

    def _remove_leftovers(self) -> None:
        """Remove what a decoder that died left behind."""
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with self._decoding(path.stem) as ours:
                if ours and not self._is_complete(path):
                    path.unlink(missing_ok=True)

    @staticmethod
    def _is_complete(path: Path) -> bool:
        try:
            return PcmTrack(path.stem, path).is_complete
        except (UnreadablePcm, FileNotFoundError):
            return False

    def decode(self, source: Path, *, suffix: str | None = None) -> str:
        """Decode a file, unless its content is here or under way; its id.

        It takes seconds: not for the thread of the clock.
        Raises TrackRejected, and then nothing of it is left. Another process may play the track meanwhile.
        """
        track_id = content_id(source)
        path = self._path(track_id)
        if self._is_complete(path):
            os.utime(path)
            return track_id
        with self._decoding(track_id) as ours:
            if ours and not self._is_complete(path):
                self._decode_to(path, source, suffix)
        self.evict()
        return track_id

    def _decode_to(self, path: Path, source: Path, suffix: str | None) -> None:
        writer: PcmWriter | None = None
        try:
            for piece in decode(source, suffix=suffix, max_seconds=self._max_seconds):
                if writer is None:
                    writer = PcmWriter(
                        path,
                        expected_frames=piece.expected_frames or len(piece.samples),
                        # A resampler may end with a few frames more than the limit it was held to.
                        max_frames=int((self._max_seconds + 1.0) * SAMPLE_RATE),
                    )
                writer.write(piece.samples)
            if writer is not None:
                writer.finish()
        except BaseException:
            if writer is not None:
                writer.close()
            path.unlink(missing_ok=True)
            raise

    def used_bytes(self) -> int:
        """Disk in use by all tracks of the folder."""
        return sum(stat.st_blocks * 512 for _, stat in self._files())

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        """Tracks, the least recently used first."""
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            try:
                found.append((path, path.stat()))
            except FileNotFoundError:  # evicted by another process meanwhile
                continue
        return sorted(found, key=lambda item: item[1].st_mtime_ns)

    def evict(self) -> None:
        """Remove the least recently used tracks until the bound holds; those open here and under way stay."""
        files = self._files()
        used = sum(stat.st_blocks * 512 for _, stat in files)
        for path, stat in files:
            if used <= self._max_bytes:
                return
            if path.stem in self._open or not self._is_complete(path):
                continue
            path.unlink(missing_ok=True)
            used -= stat.st_blocks * 512
