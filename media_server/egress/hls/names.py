"""Names of media that are in playlists and nowhere else: who may read a playlist may fetch what it names."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2s
from typing import Final

_CODE_BYTES: Final = 9
_NAME: Final = re.compile(
    r"(?P<stem>(?P<rendition>[a-z0-9]{1,32})-(?:init-(?P<init>\d{1,15})|(?P<number>\d{1,15})(?:\.(?P<part>\d{1,6}))?))"
    r"-(?P<code>[A-Za-z0-9_-]{12})\.(?:m4s|mp4)"
)


@dataclass(frozen=True, slots=True)
class MediaName:
    """An initialization segment of `rendition`, or a segment, or a part of it: what is not None."""

    rendition: str
    initialization: int | None = None
    number: int | None = None
    part: int | None = None


class MediaNames:
    """Each name ends in a code of 72 bits that only `key` (32 bytes at most) can make.

    So shared caches answer for media without knowing who asks, and who is no longer given playlists cannot go on by
    counting. A name never stands for other bytes.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key

    def initialization(self, rendition: str, number: int) -> str:
        """That of an initialization segment."""
        stem = f"{rendition}-init-{number}"
        return f"{stem}-{self._code(stem)}.mp4"

    def segment(self, rendition: str, number: int) -> str:
        """That of a segment."""
        stem = f"{rendition}-{number}"
        return f"{stem}-{self._code(stem)}.m4s"

    def part(self, rendition: str, number: int, index: int) -> str:
        """That of a part."""
        stem = f"{rendition}-{number}.{index}"
        return f"{stem}-{self._code(stem)}.m4s"

    def read(self, name: str) -> MediaName | None:
        """What a name stands for; None for one that was not made here."""
        match = _NAME.fullmatch(name)
        if match is None or not hmac.compare_digest(self._code(match["stem"]), match["code"]):
            return None
        if match["init"] is not None:
            return MediaName(match["rendition"], initialization=int(match["init"]))
        return MediaName(
            match["rendition"], number=int(match["number"]), part=int(match["part"]) if match["part"] else None
        )

    def _code(self, stem: str) -> str:
        return urlsafe_b64encode(blake2s(stem.encode(), key=self.key, digest_size=_CODE_BYTES).digest()).decode()
