"""Requests of HTTP/1.1 (RFC 9112) that have no body: all that who fetches LL-HLS sends. Sans-IO."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl, unquote

MAX_HEAD_BYTES: Final = 16_384
"""Of the request line and all header fields together."""
METHODS: Final = ("GET", "HEAD", "OPTIONS")
_MAX_QUERY_FIELDS: Final = 32

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_HEAD: Final = re.compile(
    rb"(?P<method>"
    + _TOKEN
    + rb"{1,24}) (?:[hH][tT][tT][pP][sS]?://[!-.0-~]+)?(?P<path>/[!->@-~]*)(?:\?(?P<query>[!-~]*))? "
    rb"HTTP/1\.(?P<minor>[01])\r\n(?P<fields>(?:" + _TOKEN + rb"++:[\t -~\x80-\xff]*+\r\n)*+)\r\n"
)
_FIELD: Final = re.compile(
    rb"^(host|authorization|origin|accept-encoding|connection|content-length|transfer-encoding|expect):"
    rb"[ \t]*+([^\r]*?)[ \t]*\r$",
    re.IGNORECASE | re.MULTILINE,
)


class BadRequest(Exception):
    """Nothing can be answered but this status, and nothing that follows on the connection be understood."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Request:
    """`path` and `query` as they were sent; `authorization`, `origin` and `accept_encoding` are empty when absent."""

    method: str
    path: str
    query_text: str
    keep_alive: bool
    authorization: str
    origin: str
    accept_encoding: str

    @cached_property
    def query(self) -> dict[str, str]:
        """The first value of each name."""
        query: dict[str, str] = {}
        for name, value in parse_qsl(self.query_text, keep_blank_values=True, errors="replace"):
            query.setdefault(name, value)
        return query

    @property
    def segments(self) -> list[str]:
        """The path between its slashes, decoded."""
        return [unquote(segment) for segment in self.path.split("/")[1:]]

    @property
    def bearer(self) -> str:
        """The token of the Authorization field (RFC 6750 §2.1), or an empty string."""
        scheme, _, token = self.authorization.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


def parse_request(data: bytes) -> tuple[Request, int] | None:
    """The first request in `data` and how many bytes it takes; None when it is not whole. Raises BadRequest."""
    end = data.find(b"\r\n\r\n")
    if end > MAX_HEAD_BYTES or (end < 0 and len(data) > MAX_HEAD_BYTES):
        raise BadRequest(431, "HEAD_TOO_LARGE", "the header fields are larger than they may be")
    if end < 0:
        return None
    match = _HEAD.match(data, 0, end + 4)
    if match is None or match.end() != end + 4:
        raise BadRequest(400, "BAD_REQUEST", "that is no request of HTTP/1.1")
    fields = _read_fields(match["fields"])
    if "transfer-encoding" in fields or fields.get("content-length", "0") != "0" or "expect" in fields:
        raise BadRequest(400, "BODY_NOT_TAKEN", "requests have no body here")
    is_current = match["minor"] == b"1"
    if is_current and "host" not in fields:
        raise BadRequest(400, "BAD_REQUEST", "a request needs a Host")
    connection = {option.strip() for option in fields.get("connection", "").lower().split(",")}
    query = match["query"]
    if query is not None and query.count(b"&") >= _MAX_QUERY_FIELDS:
        raise BadRequest(400, "BAD_REQUEST", f"there are more than {_MAX_QUERY_FIELDS} fields in the query")
    request = Request(
        method=match["method"].decode(),
        path=match["path"].decode(),
        query_text=query.decode() if query is not None else "",
        keep_alive="close" not in connection and (is_current or "keep-alive" in connection),
        authorization=fields.get("authorization", ""),
        origin=fields.get("origin", ""),
        accept_encoding=fields.get("accept-encoding", ""),
    )
    return request, end + 4


def _read_fields(text: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(text):
        key = name.decode().lower()
        if key not in fields:
            fields[key] = value.decode("latin-1")
        elif key in ("connection", "accept-encoding"):
            fields[key] += "," + value.decode("latin-1")
        else:
            # Two of these, and who is in between may understand another request than we (RFC 9112 §11.2).
            raise BadRequest(400, "BAD_REQUEST", f"there is more than one {key}")
    return fields
