"""No secret gets into a log, whichever way it is logged."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage

from deploy import logs

SECRET = "s3cr3t-value"
JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def refuse() -> None:
    raise ConnectionError(f"postgresql://nrs:{SECRET}@db refused, token {JWT}")


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    line = capsys.readouterr().out.strip()
    record: dict[str, Any] = json.loads(line)
    return record


@pytest.mark.parametrize(
    "fields",
    [
        {"password": SECRET},
        {"refreshToken": SECRET},
        {"headers": {"Authorization": f"Basic {SECRET}", "Cookie": SECRET}},
        {"url": f"postgresql://nrs:{SECRET}@db/nrs"},
        {"path": f"/hls/1/index.m3u8?token={SECRET}&part=3"},
        {"path": f"/api/v1/replay/7/with/{SECRET}/video.m3u8"},
        {"why": f"bad header: Bearer {SECRET}"},
        {"why": f"bad header: b'Cookie: a=b; nrs_refresh={SECRET}\\r\\n'"},
        {"nested": [{"jwt_secret": SECRET}, (f"redis://:{SECRET}@cache",)]},
        {"error": ValueError(f"could not connect to redis://x:{SECRET}@cache")},
    ],
)
def test_a_secret_is_covered_wherever_it_stands(fields: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(production=True)
    structlog.get_logger("t").warning("happened", **fields)
    text = capsys.readouterr().out
    assert SECRET not in text
    assert logs.REDACTED in text


def test_a_stream_key_is_covered(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(production=True)
    structlog.get_logger("t").warning("happened", said=f"publish live/nrs_{'a2' * 16} refused")
    assert "a2a2" not in capsys.readouterr().out


def test_a_secret_in_a_traceback_of_a_library_is_covered(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(production=True)
    try:
        refuse()
    except ConnectionError:
        logging.getLogger("a.library").exception("lost %s", f"postgresql://nrs:{SECRET}@db")
    record = logged(capsys)
    assert "ConnectionError" in record["exception"]
    assert "postgresql://nrs:" in record["event"]
    assert SECRET not in json.dumps(record)
    assert JWT not in json.dumps(record)


def test_production_logs_are_one_json_object_a_line_with_time_level_and_fields(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(production=True)
    structlog.get_logger("control_api.streams").info("stream_started", stream_id="s1", viewers=3)
    record = logged(capsys)
    assert record | {"timestamp": ""} == {
        "event": "stream_started",
        "stream_id": "s1",
        "viewers": 3,
        "level": "info",
        "logger": "control_api.streams",
        "timestamp": "",
    }
    assert record["timestamp"].endswith("Z")


def test_development_logs_are_readable_and_without_colours_when_they_go_to_a_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(production=False)
    structlog.get_logger("x").info("stream started", viewers=3)
    line = capsys.readouterr().out
    assert "stream started" in line
    assert "viewers=3" in line
    assert "\x1b" not in line


def test_below_the_level_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(production=True, level="WARNING")
    structlog.get_logger("x").info("quiet")
    logging.getLogger("y").info("quiet")
    assert capsys.readouterr().out == ""


def test_requests_that_are_none_fill_no_log_and_failures_of_ours_do(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(production=True)
    server = logging.getLogger("aiohttp.server")
    for error, is_said in ((BadHttpMessage("Invalid character in header"), False), (RuntimeError("our bug"), True)):
        try:
            raise error
        except (BadHttpMessage, RuntimeError):
            server.exception("Error handling request")
        assert ("Error handling request" in capsys.readouterr().out) is is_said


def test_lines_by_a_thread_are_the_same_lines(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(production=True, by_thread=True)
    structlog.get_logger("t").warning("happened", token=SECRET)
    logging.getLogger("library").warning("refused %s", JWT)
    (handler,) = logging.getLogger().handlers
    handler.close()
    ours, theirs = (json.loads(text) for text in capsys.readouterr().out.splitlines())
    assert (ours["event"], ours["token"], ours["level"]) == ("happened", logs.REDACTED, "warning")
    assert theirs["event"] == f"refused {logs.REDACTED}"
