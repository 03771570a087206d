"""Names of files as somebody typed them, made fit to be stored and shown."""

import re
import unicodedata

MAX_CHARS = 255
MAX_TITLE_CHARS = 200
SUFFIXES = frozenset(
    {".mp3", ".wav", ".flac", ".m4a", ".mp4", ".aac", ".ogg", ".oga", ".opus", ".aiff", ".aif"},
)
_SEPARATORS = re.compile(r"[/\\]")
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})


def clean_file_name(raw: str) -> str:
    """The last part of a path, in NFC, without control and formatting characters; its suffix is kept when it is cut.

    Empty when nothing is left.
    """
    text = unicodedata.normalize("NFC", _SEPARATORS.split(raw[: 16 * MAX_CHARS])[-1])
    kept = "".join(char for char in text if not unicodedata.category(char).startswith("C")).translate(_BRACKETS)
    kept = " ".join(kept.split())
    if len(kept) > MAX_CHARS:
        suffix = suffix_of(kept)
        kept = kept[: MAX_CHARS - len(suffix)] + suffix
    return "" if kept in {".", ".."} else kept


def suffix_of(file_name: str) -> str:
    """In small letters, with its dot; empty when it is none that a track may have."""
    _, dot, last = file_name.rpartition(".")
    suffix = f"{dot}{last}".lower()
    return suffix if suffix in SUFFIXES else ""


def title_of(file_name: str) -> str:
    """What to call a track whose tags do not say."""
    stem = file_name[: len(file_name) - len(suffix_of(file_name))]
    return " ".join(stem.replace("_", " ").split())[:MAX_TITLE_CHARS].strip() or file_name[:MAX_TITLE_CHARS]
