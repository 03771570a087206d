"""What a request says it will take, and on which condition (RFC 9110 §12.5.1, §13.1.1)."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from media_server.http.errors import ApiError

_ENTITY_TAG: Final = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"\s*')


def check_match(request: web.Request, etag: str) -> None:
    """If-Match has to be there and to name `etag`, or anything. Raises ApiError 428, 412, 400.

    Tags are compared strongly, so a weak one names nothing (RFC 9110 §8.8.3.2).
    """
    given = request.headers.getall("If-Match", [])
    if not given:
        raise ApiError(428, "PRECONDITION_REQUIRED", "If-Match with the session's ETag is needed")
    tags = [tag for line in given for tag in line.split(",")]
    if any(tag.strip() in ("*", '"*"') for tag in tags):
        # The draft and the RFC's examples write the asterisk in quotes, which RFC 9110 does not.
        return
    if not all(_ENTITY_TAG.fullmatch(tag) for tag in tags):
        raise ApiError(400, "BAD_REQUEST", "If-Match is neither an asterisk nor a list of entity tags")
    if etag not in (tag.strip() for tag in tags):
        raise ApiError(412, "PRECONDITION_FAILED", "If-Match names another ICE session", {"ETag": etag})


def check_accepts(request: web.Request, content_type: str) -> None:
    """Raises ApiError 406 where Accept is there and leaves `content_type` out."""
    given = request.headers.getall("Accept", [])
    if not given:
        return
    ranges = [part.partition(";") for line in given for part in line.split(",")]
    fitting = {"*/*", f"{content_type.partition('/')[0]}/*", content_type}
    for media_range, _, parameters in ranges:
        refused = re.search(r"(?:^|;)\s*q=0(?:\.0{0,3})?\s*(?:;|$)", parameters)
        if media_range.strip().lower() in fitting and not refused:
            return
    raise ApiError(406, "NOT_ACCEPTABLE", f"the answer is {content_type}, which Accept leaves out")
