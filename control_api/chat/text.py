"""What people write, made fit to be shown beside what others write."""

import re
import unicodedata
from typing import Final

from control_api.chat.errors import TextUnfit

MAX_CHARS: Final = 500
WHITE_SPACE: Final = re.compile(r"\s+")
# Joiners build emoji and are part of the spelling of Persian and of Indian languages.
KEPT_FORMATS: Final = frozenset("\u200c\u200d")
# Controls; formats, among which are all that turn the direction of writing; halves of surrogate pairs.
UNFIT_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs"})


def clean(text: str) -> str:
    """`text` as one line of 1 to MAX_CHARS characters without controls and marks that nobody sees. Raises TextUnfit."""
    line = WHITE_SPACE.sub(" ", text)
    line = "".join(char for char in line if char in KEPT_FORMATS or unicodedata.category(char) not in UNFIT_CATEGORIES)
    line = WHITE_SPACE.sub(" ", line).strip()
    if not line.strip("".join(KEPT_FORMATS)):
        raise TextUnfit("Write something first.")
    if len(line) > MAX_CHARS:
        raise TextUnfit(f"A message has at most {MAX_CHARS} characters.")
    return line
