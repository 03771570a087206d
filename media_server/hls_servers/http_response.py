"""Answers of HTTP/1.1 as bytes: what the worker's own HTTP server says to the same question."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}

Body = Sequence[bytes | memoryview]


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` are without length, date and connection; `head_length` is of the body that HEAD left out."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: Body = ()
    head_length: int = 0

    @property
    def length(self) -> int:
        """Of the body in bytes."""
        return sum([len(piece) for piece in self.body]) or self.head_length


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """The pages that may read answers, as `media_server/http/cors.py` has it."""

    origins: tuple[str, ...]
    exposed: str
    preflight: Mapping[str, str]

    def headers(self, origin: str) -> list[tuple[str, str]]:
        """What every answer to a page of `origin` says of it."""
        if "*" in self.origins:
            allowed = [("Access-Control-Allow-Origin", "*")]
        elif origin and origin in self.origins:
            allowed = [("Vary", "Origin"), ("Access-Control-Allow-Origin", origin)]
        else:
            return [("Vary", "Origin")]
        return [*allowed, ("Access-Control-Expose-Headers", self.exposed)]


def error_answer(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """`{"success": false, "error": {"code", "message"}}`."""
    body = json.dumps({"success": False, "error": {"code": code, "message": message}}).encode()
    fields = [("Cache-Control", "no-store"), *(headers or {}).items()]
    return Answer(status, [*fields, ("Content-Type", "application/json; charset=utf-8")], (body,))


def head_bytes(answer: Answer, *, keep_alive: bool, date: bytes) -> bytes:
    """The status line and header fields, with the empty line after them. `date` is a field with its line's end."""
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, '')}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in answer.headers]
    # RFC 9110 §8.6: no length where the status says that there is no body.
    if answer.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {answer.length}\r\n")
    if not keep_alive:
        lines.append("Connection: close\r\n")
    return "".join(lines).encode("latin-1") + date + b"\r\n"


class DateField:
    """The Date field (RFC 9110 §6.6.1), made once a second."""

    def __init__(self) -> None:
        self._at = 0
        self._line = b""

    def line(self, unix_s: float) -> bytes:
        """The field at that time."""
        second = int(unix_s)
        if second != self._at:
            self._at, self._line = second, f"Date: {formatdate(second, usegmt=True)}\r\n".encode()
        return self._line
