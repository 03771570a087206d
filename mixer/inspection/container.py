"""What a file is by its first bytes, before any decoder sees it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from mixer.tracks.decode import CONTAINERS
from mixer.tracks.rejected import Problem, TrackRejected

HEAD_BYTES = 65_536
_MAX_TAGS = 4
_NAMES = {"mp3": "MP3", "wav": "WAV", "flac": "FLAC", "mov": "MP4 or M4A", "aac": "AAC", "ogg": "Ogg", "aiff": "AIFF"}
_NOT_AUDIO = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a compressed file"),
    (b"%PDF-", "a PDF document"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
)
# By version (2.5, reserved, 2, 1) and layer (reserved, III, II, I); kbit/s by index (ISO 11172-3, 13818-3).
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KBPS_1 = {
    3: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_KBPS_2 = {
    3: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    1: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def check_container(path: Path, suffix: str) -> str:
    """The container, by FFmpeg's name, of a file that was named with `suffix`.

    Raises TrackRejected: NOT_AUDIO or MISLABELLED.
    """
    wanted = CONTAINERS.get(suffix)
    if wanted is None:
        raise TrackRejected(Problem.NOT_AUDIO, f"Files of the kind {suffix or 'without a suffix'} are not supported.")
    found = find_container(path)
    if found not in wanted:
        raise TrackRejected(
            Problem.MISLABELLED, f"This file is named {suffix} but holds {_NAMES[found]}: rename it and try again."
        )
    return found


def find_container(path: Path) -> str:
    """Raises TrackRejected NOT_AUDIO, and says what it is instead where that is known."""
    with path.open("rb") as file:
        file.seek(_after_tags(file))
        head = file.read(HEAD_BYTES)
    if found := _by_magic(head):
        return found
    for magic, what in _NOT_AUDIO:
        if head.startswith(magic):
            raise TrackRejected(Problem.NOT_AUDIO, f"This file is {what}, not audio.")
    if _is_mpeg(head):
        return "mp3"
    raise TrackRejected(Problem.NOT_AUDIO, "This file is not audio, or is damaged from its start.")


def _after_tags(file: BinaryIO) -> int:
    """Where an ID3v2 tag ends, or several, which some programs write one after the other."""
    start = 0
    for _ in range(_MAX_TAGS):
        file.seek(start)
        tag = file.read(10)
        if len(tag) < 10 or tag[:3] != b"ID3" or any(byte & 0x80 for byte in tag[6:10]):
            break
        size = tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9]
        start += 10 + size + (10 if tag[5] & 0x10 else 0)
    return start


def _by_magic(head: bytes) -> str | None:
    if head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "aiff"
    if head[4:8] == b"ftyp":
        return "mov"
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"OggS":
        return "ogg"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    return None


def _is_mpeg(head: bytes) -> bool:
    """Whether two frames of MPEG audio follow each other somewhere at the beginning."""
    at = head.find(b"\xff")
    while 0 <= at < len(head) - 4:
        length = _frame_bytes(head[at : at + 4])
        if length and _frame_bytes(head[at + length : at + length + 4]):
            return True
        at = head.find(b"\xff", at + 1)
    return False


def _frame_bytes(header: bytes) -> int:
    """The length of the frame that this header begins; 0 when it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bitrate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 0 or bitrate in {0, 15} or rate == 3:
        return 0
    kbps = (_KBPS_1 if version == 3 else _KBPS_2)[layer][bitrate]
    hz = _RATES[version][rate]
    if layer == 3:
        return (12_000 * kbps // hz + padding) * 4
    per_frame = 72_000 if layer == 1 and version != 3 else 144_000
    return per_frame * kbps // hz + padding
