"""What a file's tags say, cleaned: text that can be shown, searched and stored without a second thought."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mutagen
from mutagen.flac import Picture
from mutagen.mp4 import MP4Tags

TITLE_CHARS, GENRE_CHARS, COMMENT_CHARS, OTHER_CHARS = 200, 100, 1_000, 200
_CATEGORIES_REMOVED = frozenset({"Cc", "Cs", "Co", "Cn"})
# Embeddings, overrides, isolates and marks of direction, which make a name read as another one; and what is not seen.
_INVISIBLE = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad"
)
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})
_YEAR = re.compile(r"[12][0-9]{3}")
_MAX_PARTS = 8

# The names of one fact in ID3 (2.2 is read as 2.4), MP4, and Vorbis comments; the first that is there counts.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("TIT2", "\xa9nam", "title"),
    "artist": ("TPE1", "\xa9ART", "artist"),
    "album": ("TALB", "\xa9alb", "album"),
    "genre": ("TCON", "\xa9gen", "genre"),
    "year": ("TDRC", "TDOR", "TYER", "\xa9day", "date", "year"),
    "comment": ("COMM", "\xa9cmt", "comment", "description"),
    "album_artist": ("TPE2", "aART", "albumartist"),
    "composer": ("TCOM", "\xa9wrt", "composer"),
    "label": ("TPUB", "organization", "label", "publisher"),
    "isrc": ("TSRC", "isrc"),
    "remixer": ("TPE4", "remixer"),
    "copyright": ("TCOP", "cprt", "copyright"),
    "bpm": ("TBPM", "tmpo", "bpm"),
    "key": ("TKEY", "initialkey", "key"),
}
_OTHERS = ("album_artist", "composer", "label", "isrc", "remixer", "copyright", "bpm", "key")


@dataclass(frozen=True, slots=True)
class Tags:
    """Empty text where there is nothing; `other` holds only what is there."""

    title: str
    artist: str
    album: str
    genre: str
    year: int | None
    comment: str
    other: Mapping[str, str]
    pictures: tuple[bytes, ...]
    """Pictures as they are in the file, the front cover first: not to be trusted."""


def clean_text(text: str, max_chars: int, *, lines: bool = False) -> str:
    """One line (or several) of NFC text without control characters, invisible ones, overrides of direction and
    angle brackets, at most `max_chars` long."""
    text = unicodedata.normalize("NFC", text[: max_chars * 8])
    kept = []
    for char in text:
        if char in "\t\r\n\v\f\x85\u2028\u2029":
            kept.append("\n" if lines and char in "\r\n" else " ")
        elif char not in _INVISIBLE and unicodedata.category(char) not in _CATEGORIES_REMOVED:
            kept.append(char)
    joined = "".join(kept).translate(_BRACKETS)
    cleaned = "\n".join(" ".join(line.split()) for line in joined.split("\n"))
    return re.sub(r"\n{2,}", "\n", cleaned).strip()[:max_chars].strip()


def read_tags(path: Path) -> Tags:
    """The tags of a file; none when they cannot be read, which does not make it less of a track."""
    try:
        file: Any = mutagen.File(path)
    except Exception:  # noqa: BLE001 - mutagen raises whatever broken tags lead to, not only its own errors
        file = None
    tags: Any = file.tags if file is not None else None
    said: dict[str, str] = {}
    for fact, names in _NAMES.items():
        is_long = fact == "comment"
        most = {"comment": COMMENT_CHARS, "genre": GENRE_CHARS}.get(fact, TITLE_CHARS)
        for name in names:
            if text := clean_text(_text(tags, name), most, lines=is_long):
                said[fact] = text
                break
    year = _YEAR.search(said.get("year", ""))
    return Tags(
        title=said.get("title", ""),
        artist=said.get("artist", ""),
        album=said.get("album", ""),
        genre=said.get("genre", ""),
        year=int(year[0]) if year else None,
        comment=said.get("comment", ""),
        other={fact: said[fact][:OTHER_CHARS] for fact in _OTHERS if fact in said},
        pictures=_pictures(file, tags),
    )


def _text(tags: Any, name: str) -> str:
    """What the tags say under a name, several values joined; empty when nothing is there."""
    if tags is None:
        return ""
    try:
        if hasattr(tags, "getall"):  # ID3
            frames = tags.getall(name)
            values = [value for frame in frames for value in getattr(frame, "text", [])] if len(name) == 4 else []
            # What programs keep in comments for themselves is no comment.
            if name == "COMM":
                values = [value for frame in frames if not frame.desc for value in frame.text]
        else:
            values = tags.get(name, [])
    except (KeyError, ValueError, TypeError):
        return ""
    if isinstance(values, str | bytes | int):
        values = [values]
    said = (str(value) for value in list(values)[:_MAX_PARTS] if not isinstance(value, bytes))
    return ", ".join(value for value in said if value)


def _pictures(file: Any, tags: Any) -> tuple[bytes, ...]:
    found: list[tuple[int, bytes]] = []
    if tags is not None and hasattr(tags, "getall"):
        found += [(frame.type, frame.data) for frame in tags.getall("APIC")]
    if isinstance(tags, MP4Tags):
        found += [(3, bytes(picture)) for picture in dict(tags).get("covr", [])]
    found += [(picture.type, picture.data) for picture in getattr(file, "pictures", [])]
    found += _vorbis_pictures(tags)
    front_first = sorted(found, key=lambda item: item[0] != 3)
    return tuple(data for _, data in front_first[:_MAX_PARTS])


def _vorbis_pictures(tags: Any) -> list[tuple[int, bytes]]:
    """Pictures in Ogg: a FLAC picture block in base64."""
    if tags is None or hasattr(tags, "getall") or isinstance(tags, MP4Tags):
        return []
    found = []
    for encoded in (tags.get("metadata_block_picture") or [])[:_MAX_PARTS]:
        try:
            picture: Any = Picture(b64decode(encoded))  # type: ignore[no-untyped-call]
        except (ValueError, TypeError, mutagen.MutagenError):
            continue
        found.append((picture.type, picture.data))
    return found
