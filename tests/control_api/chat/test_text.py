"""Claims about what becomes of what people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control_api.chat.errors import TextUnfit
from control_api.chat.text import MAX_CHARS, clean


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("  hello  ", "hello"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("bell\x07 and nul\x00", "bell and nul"),
        ("paid \u202e001$\u202c", "paid 001$"),
        ("\u2066isolated\u2069 \u200fmarks\u061c", "isolated marks"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half a pair \ud83d", "half a pair"),
        ("a\u2028b\u2029c", "a b c"),
        ("<b>bold</b> & more", "<b>bold</b> & more"),
        ("👩\u200d🎤 میی\u200cخواهم", "👩\u200d🎤 میی\u200cخواهم"),
    ],
    ids=[
        "spaces",
        "lines",
        "controls",
        "override",
        "isolates",
        "zero_width",
        "surrogate",
        "separators",
        "html",
        "joiners",
    ],
)
def test_what_cannot_be_seen_is_taken_out_and_the_rest_stays_as_written(written: str, shown: str) -> None:
    assert clean(written) == shown


@pytest.mark.parametrize(
    "written",
    ["", " \n\t", "\u202e\u202c", "\u200d\u200c", "x" * (MAX_CHARS + 1)],
    ids=["0", "space", "bidi", "zwj", "long"],
)
def test_what_has_nothing_left_or_too_much_is_refused(written: str) -> None:
    with pytest.raises(TextUnfit):
        clean(written)


@given(st.text(st.characters(), max_size=600))
def test_whatever_is_written_is_refused_or_stays_the_same_when_cleaned_again(written: str) -> None:
    try:
        line = clean(written)
    except TextUnfit:
        return
    assert 1 <= len(line) <= MAX_CHARS
    assert clean(line) == line
    line.encode()
