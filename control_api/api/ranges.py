"""One part of a file, as a Range header asks for it (RFC 9110 §14)."""

import re
from dataclasses import dataclass

ONE_RANGE = re.compile(r"^bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})$")


class Unsatisfiable(ValueError):
    """The range begins behind the end."""


@dataclass(frozen=True, slots=True)
class Part:
    """`length` bytes from `start`."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def requested_part(header: str | None, size: int) -> Part | None:
    """The part of `size` bytes that is asked for; None for all of it. Raises Unsatisfiable.

    Several ranges, other units and nonsense are answered with everything, as §14.2 lets a server do.
    """
    match = ONE_RANGE.match((header or "").replace(" ", ""))
    if match is None or match["first"] == match["last"] == "":
        return None
    if match["first"] == "":
        length = min(int(match["last"]), size)
        if length == 0:
            raise Unsatisfiable
        return Part(size - length, length)
    first = int(match["first"])
    last = int(match["last"]) if match["last"] else size - 1
    if match["last"] and last < first:
        return None
    if first >= size:
        raise Unsatisfiable
    return Part(first, min(last, size - 1) - first + 1)
