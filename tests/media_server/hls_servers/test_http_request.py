"""Requests as they come from sockets: read however they are cut, refused in one way when they are none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.hls_servers.http_request import MAX_HEAD_BYTES, BadRequest, Request, parse_request

SEEDS = sorted((Path(__file__).parent / "seeds").glob("request-*.txt"))
PLAIN = b"GET /hls/s/video.m3u8?_HLS_msn=7&token=a.b-c_d HTTP/1.1\r\nHost: h\r\nAuthorization: bearer t\r\n\r\n"


def parsed(data: bytes) -> Request:
    found = parse_request(data)
    assert found is not None
    return found[0]


def test_a_request_is_read() -> None:
    request = parsed(PLAIN)
    assert (request.method, request.segments) == ("GET", ["hls", "s", "video.m3u8"])
    assert request.query == {"_HLS_msn": "7", "token": "a.b-c_d"}
    assert request.bearer == "t"
    assert request.keep_alive


@pytest.mark.parametrize("cut", range(1, len(PLAIN)))
def test_a_request_that_is_cut_is_waited_for(cut: int) -> None:
    assert parse_request(PLAIN[:cut]) is None


def test_what_follows_a_request_is_left() -> None:
    assert parse_request(PLAIN + b"GET /next") == (parsed(PLAIN), len(PLAIN))


def test_the_first_value_of_a_name_counts_and_escapes_are_undone() -> None:
    request = parsed(b"GET /hls/a%2Fb/x?token=%41&token=B&_HLS_skip HTTP/1.1\r\nHost: h\r\n\r\n")
    assert request.segments == ["hls", "a/b", "x"]
    assert request.query == {"token": "A", "_HLS_skip": ""}


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: close\r\n", False),
        ("1.1", "connection: Keep-Alive\r\nConnection: CLOSE\r\n", False),
        ("1.0", "", False),
        ("1.0", "Connection: keep-alive\r\n", True),
    ],
    ids=["plain", "close", "two-fields", "old", "old-kept"],
)
def test_a_connection_is_kept_as_it_asks(version: str, connection: str, kept: bool) -> None:
    assert parsed(f"GET / HTTP/{version}\r\nHost: h\r\n{connection}\r\n".encode()).keep_alive is kept


def test_a_target_may_be_absolute() -> None:
    assert parsed(b"GET http://a.example:80/hls/s/x HTTP/1.1\r\nHost: h\r\n\r\n").path == "/hls/s/x"


@pytest.mark.parametrize("seed", SEEDS, ids=[seed.stem for seed in SEEDS])
def test_what_is_no_request_is_refused(seed: Path) -> None:
    with pytest.raises(BadRequest):
        parse_request(seed.read_bytes())


def test_a_head_that_never_ends_is_refused_before_it_is_whole() -> None:
    assert parse_request(b"GET / HTTP/1.1\r\nX: " + bytes(100)) is None
    with pytest.raises(BadRequest) as refused:
        parse_request(b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES)
    assert refused.value.status == 431


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_refused(data: bytes) -> None:
    with suppress(BadRequest):
        parse_request(data + b"\r\n\r\n")


@given(st.sampled_from(SEEDS), st.integers(0, 400), st.binary(max_size=4))
def test_requests_with_bytes_changed_are_requests_or_refused(seed: Path, at: int, changed: bytes) -> None:
    for data in (seed.read_bytes(), PLAIN):
        with suppress(BadRequest):
            found = parse_request(data[:at] + changed + data[at + len(changed) :])
            if found is not None:
                assert isinstance(found[0].query, dict)
                assert found[0].segments
