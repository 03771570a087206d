"""Answers of the worker's own server, passed on: whole ones alone."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.hls_servers.elsewhere import AnswerUnreadable, read_answer

WHOLE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nVary: Origin\r\nVary: Accept-Encoding\r\nConnection: close\r\n"
    b"Content-Length: 4\r\nDate: now\r\n\r\nmoof"
)


def test_what_belongs_to_the_connection_is_left_out() -> None:
    answer = read_answer(WHOLE, is_head=False)
    assert (answer.status, answer.body) == (200, (b"moof",))
    assert answer.headers == [("Content-Type", "video/mp4"), ("Vary", "Accept-Encoding")]


def test_the_length_that_head_asked_for_is_told() -> None:
    answer = read_answer(WHOLE.removesuffix(b"moof"), is_head=True)
    assert (answer.body, answer.length) == ((), 4)


@pytest.mark.parametrize("cut", [1, 20, len(WHOLE) - 5, len(WHOLE) - 1])
def test_an_answer_that_is_cut_is_none(cut: int) -> None:
    with pytest.raises(AnswerUnreadable):
        read_answer(WHOLE[:cut], is_head=False)


@given(st.binary(max_size=200), st.integers(0, len(WHOLE)), st.booleans())
def test_any_bytes_are_an_answer_or_unreadable(data: bytes, at: int, is_head: bool) -> None:
    with suppress(AnswerUnreadable):
        read_answer(WHOLE[:at] + data, is_head=is_head)
