"""If-Match and Accept as clients write them, and as nobody should."""

from __future__ import annotations

from contextlib import suppress

import pytest
from aiohttp.test_utils import make_mocked_request
from aiohttp.web import Request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from media_server.http.errors import ApiError
from media_server.http.preconditions import check_accepts, check_match

ETAG = '"abc"'
SDP = "application/sdp"


def request(name: str, *values: str) -> Request:
    return make_mocked_request("PATCH", "/", CIMultiDict([(name, value) for value in values]))


@pytest.mark.parametrize("values", [["*"], ['"*"'], [ETAG], [f'"x", {ETAG}'], ['"x"', f" {ETAG} "], ['W/"abc", "abc"']])
def test_a_match_is_found(values: list[str]) -> None:
    check_match(request("If-Match", *values), ETAG)


@pytest.mark.parametrize(
    ("values", "status"),
    [([], 428), (['"x"'], 412), (['W/"abc"'], 412), (['"x", "y"'], 412), (["abc"], 400), ([""], 400), (['"a'], 400)],
)
def test_what_matches_nothing_is_refused(values: list[str], status: int) -> None:
    with pytest.raises(ApiError) as refused:
        check_match(request("If-Match", *values), ETAG)
    assert refused.value.status == status
    assert (refused.value.headers.get("ETag") == ETAG) is (status == 412)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60))
def test_any_header_is_read_or_refused(value: str) -> None:
    for check, name, wanted in ((check_match, "If-Match", ETAG), (check_accepts, "Accept", SDP)):
        with suppress(ApiError):
            check(request(name, value), wanted)


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["*/*"],
        [SDP],
        ["Application/SDP"],
        ["application/*"],
        ["text/html, application/sdp;q=0.1"],
        ["a/b", "*/*;q=1"],
    ],
)
def test_an_answer_that_is_taken_is_made(values: list[str]) -> None:
    check_accepts(request("Accept", *values), SDP)


@pytest.mark.parametrize(
    "value", ["", "text/html", "application/json", "application/sdp;q=0", "*/*; q=0.000", "text/*"]
)
def test_an_answer_that_is_not_taken_is_not_made(value: str) -> None:
    with pytest.raises(ApiError) as refused:
        check_accepts(request("Accept", value), SDP)
    assert refused.value.status == 406
