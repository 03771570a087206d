"""Logs of every process: JSON lines in production, readable lines in development, secrets in neither.

structlog's loggers and the standard library's end up in the same place, so that libraries are treated alike.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.types import EventDict, Processor, WrappedLogger

from deploy.log_thread import LogThread

REDACTED: Final = "[redacted]"
_SECRET_KEY: Final = re.compile(
    r"passw|secret|token|authori[sz]ation|cookie|private_?key|api_?key|dsn|credential", re.IGNORECASE
)
_SECRET_TEXT: Final = re.compile(
    r"""
    (?P<bearer>\bBearer\s+)[^\s"',;]+
    | (?P<query>[?&](?:access_token|token|key|password|secret)=)[^&\s"'#]+
    | (?P<cookie>\bnrs_refresh=)[^\s;"',\\]+
    | (?P<userinfo>://[^/\s:@]*:)[^/\s@]+(?=@)
    | (?P<path>/replay/[^/\s"']+/with/)[^/\s"']+
    | \bnrs_[a-z2-7]{32}\b                  # a stream key
    | \beyJ[\w-]+\.[\w-]+\.[\w-]*           # a JWT anywhere
    """,
    re.IGNORECASE | re.VERBOSE,
)
MAX_DEPTH: Final = 6


def redact_text(text: str) -> str:
    """`text` without bearer tokens, JWTs, stream keys, the refresh cookie, tokens in a query string or the path of a
    replay, and passwords in a URL."""
    return _SECRET_TEXT.sub(lambda found: f"{''.join(filter(None, found.groups()))}{REDACTED}", text)


def redact(value: Any, depth: int = 0) -> Any:
    """A copy of `value` in which everything under a secret's name, and every secret inside a text, is covered."""
    if isinstance(value, str):
        return redact_text(value)
    if depth > MAX_DEPTH:
        return REDACTED
    if isinstance(value, Mapping):
        return {k: REDACTED if _SECRET_KEY.search(str(k)) else redact(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth + 1) for item in value]
    if isinstance(value, bool | int | float | None):
        return value
    return redact_text(str(value))


def _redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # `_record` and its like belong to structlog and never reach the output.
    return {k: v if k.startswith("_") else REDACTED if _SECRET_KEY.search(k) else redact(v) for k, v in event.items()}


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Not so for bytes that are no HTTP: they are answered 400, and tracebacks would let strangers fill the disk."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


def configure(*, production: bool, level: str = "INFO", by_thread: bool = False) -> None:
    """Send the logs of this process to stdout. Call once, before anything is logged.

    `by_thread`: whoever logs does not wait for stdout. Not for processes that fork.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso" if production else "%H:%M:%S", utc=production),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if production
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty() or "FORCE_COLOR" in os.environ, pad_event_to=24)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [LogThread(handler) if by_thread else handler]
    root.setLevel(level)
    for chatty in ("aioice", "aiortc", "engineio", "socketio", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(_is_worth_a_line)
