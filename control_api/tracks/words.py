"""What people type about music: cleaned before it is kept, since others read it."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

# Control characters, and marks that make a text read otherwise than it is stored: bidirectional overrides, isolates
# and marks, soft hyphens, byte order marks. Joiners stay: emoji and several scripts are made with them.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
BLANKS = re.compile(r"\s+")


def clean_line(text: str) -> str:
    """One line in NFC without unseen characters and with single blanks."""
    return BLANKS.sub(" ", UNSEEN.sub(" ", unicodedata.normalize("NFC", text))).strip()


def clean_text(text: str) -> str:
    """As clean_line, but lines stay apart."""
    return "\n".join(clean_line(line) for line in text.splitlines()).strip()


def _cleaned(text: object) -> object:
    return clean_line(text) if isinstance(text, str) else text


def _cleaned_text(text: object) -> object:
    return clean_text(text) if isinstance(text, str) else text


def _none_for_nothing(text: str | None) -> str | None:
    return text or None


Title = Annotated[str, BeforeValidator(_cleaned), StringConstraints(min_length=1, max_length=200)]
Name = Annotated[str, BeforeValidator(_cleaned), StringConstraints(min_length=1, max_length=100)]
Line = Annotated[str, BeforeValidator(_cleaned), StringConstraints(max_length=200)]
Genre = Annotated[str, BeforeValidator(_cleaned), StringConstraints(max_length=100)]
Comment = Annotated[str, BeforeValidator(_cleaned_text), StringConstraints(max_length=1_000)]
Asked = Annotated[
    Annotated[str, BeforeValidator(_cleaned), StringConstraints(max_length=100)] | None,
    AfterValidator(_none_for_nothing),
]
"""What somebody looks for; nothing typed is nothing asked."""
