"""What is answered to who asks for LL-HLS, whatever carries the question (RFC 8216bis §6.2.5, appendix B)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from media_server.egress.hls.compression import gzip_with
from media_server.egress.hls.listing import Listing, P
from media_server.egress.hls.rendering import TOKEN_PLACE

PLAYLIST_TYPE: Final = "application/vnd.apple.mpegurl"
MEDIA_TYPE: Final = "video/mp4"
MULTIVARIANT_NAME: Final = "index.m3u8"
MULTIVARIANT_CACHE: Final = "no-cache"
NAMED_MEDIA_CACHE: Final = "public, max-age=3600, immutable"
"""Of media whose name is the right to it. A name never stands for other bytes."""
_WAIT_TARGET_DURATIONS: Final = 3
_MAX_SEGMENTS_AHEAD: Final = 2
_PLAYLIST_NAME: Final = re.compile(r"(?P<rendition>[a-z0-9]{1,32})\.m3u8")
_INDEX: Final = re.compile(r"\d{1,15}", re.ASCII)


class DeliveryRefused(Exception):
    """Something that is not given: an HTTP status, a stable code, a sentence, and seconds after which to ask again."""

    def __init__(self, status: int, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> dict[str, str]:
        """Header fields of the answer."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


def not_live() -> DeliveryRefused:
    """There is no such stream."""
    return DeliveryRefused(404, "STREAM_NOT_LIVE", "The stream is not live here.", retry_after_s=1)


def no_hls_yet() -> DeliveryRefused:
    """The stream has no segment."""
    return DeliveryRefused(404, "STREAM_NOT_LIVE", "The stream has no HLS yet.", retry_after_s=1)


def not_found() -> DeliveryRefused:
    """The stream has no such playlist or media."""
    return DeliveryRefused(404, "NOT_FOUND", "There is no such file, or not any more.")


def no_media() -> DeliveryRefused:
    """What was waited for did not come."""
    return DeliveryRefused(503, "NO_MEDIA", "The publisher sends nothing.", retry_after_s=1)


def overloaded() -> DeliveryRefused:
    """As many wait as may."""
    return DeliveryRefused(503, "OVERLOADED", "Too many requests wait for this stream.", retry_after_s=1)


def viewer_dropped() -> DeliveryRefused:
    """Of a viewer who was told to go."""
    return DeliveryRefused(403, "VIEWER_DROPPED", "this viewer has left the stream or was removed from it")


def rendition_of(name: str) -> str | None:
    """The rendition whose media playlist has that name."""
    match = _PLAYLIST_NAME.fullmatch(name)
    return match["rendition"] if match is not None else None


@dataclass(frozen=True, slots=True)
class Directives:
    """Delivery directives of a request for a media playlist (§6.2.5)."""

    number: int | None
    part: int | None
    skip: bool


def read_directives(query: Mapping[str, str]) -> Directives:
    """Those of a query. Raises DeliveryRefused."""
    number, part, skip = _index(query, "_HLS_msn"), _index(query, "_HLS_part"), query.get("_HLS_skip")
    if skip not in (None, "YES", "v2") or (part is not None and number is None):
        raise DeliveryRefused(400, "INVALID_DELIVERY_DIRECTIVE", "That delivery directive does not exist.")
    return Directives(number, part, skip is not None)


def refuse_far_ahead(listing: Listing[P], number: int, part: int | None) -> None:
    """§6.2.5.2: at most two segments, and three seconds of parts, beyond the end. Raises DeliveryRefused."""
    next_number, next_part = listing.next_part
    last_number = next_number if listing.open_segment is not None else next_number - 1
    limit = math.ceil(3 / min(1.0, listing.settings.part_target_s))
    beyond = part is not None and number >= next_number and part > next_part + limit
    if not listing.ended and (number > last_number + _MAX_SEGMENTS_AHEAD or beyond):
        raise DeliveryRefused(400, "TOO_FAR_AHEAD", "That part of the stream is too far ahead.")


def longest_wait_s(listing: Listing[P]) -> float:
    """How long a request may be held."""
    return _WAIT_TARGET_DURATIONS * listing.target_duration_s


def playlist_cache(listing: Listing[P], *, waited: bool) -> str:
    """Appendix B: half a target duration for what did not wait, six for what did and so never changes much."""
    seconds = 6 * listing.target_duration_s if waited else listing.target_duration_s // 2
    return f"private, max-age={seconds}"


def playlist_body(text: str, *, token: str | None, compressed: bool) -> bytes:
    """A rendered playlist, with the token of a query on the URIs of playlists, as gzip for who takes that."""
    query = f"?token={quote(token, safe='')}" if token else ""
    return gzip_with(text, TOKEN_PLACE, query) if compressed else text.replace(TOKEN_PLACE, query).encode()


def playlist_headers(*, cache: str, compressed: bool) -> dict[str, str]:
    """Header fields of a playlist beside its type."""
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    return headers | {"Content-Encoding": "gzip"} if compressed else headers


def _index(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is None:
        return None
    if _INDEX.fullmatch(value) is None:
        raise DeliveryRefused(400, "INVALID_DELIVERY_DIRECTIVE", f"{name} is not a number.")
    return int(value)
