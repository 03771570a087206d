"""SDP's outer grammar (RFC 8866 §5) within bounds: text to blocks of attributes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from media_server.sdp.errors import unreadable

MAX_BYTES = 64 * 1024
MAX_LINES = 1_500
MAX_LINE = 4_096
MAX_SECTIONS = 16

_LINE = re.compile(r"[a-z]=")
_MEDIA = re.compile(r"([a-z]{1,16}) ([0-9]{1,5})(?:/[0-9]{1,5})? ([A-Za-z0-9/]{1,64})((?: [!-~]{1,64}){1,128})")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`{|}~0-9A-Za-z]{1,64}")


@dataclass(frozen=True, slots=True)
class Block:
    """The session part, or one media section, of a description: its attributes in order, as (name, value)."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    attributes: list[tuple[str, str]]

    def first(self, name: str) -> str | None:
        """The value of the first attribute of that name; "" for a bare one."""
        return next((value for key, value in self.attributes if key == name), None)

    def every(self, name: str) -> list[str]:
        """The values of all attributes of that name."""
        return [value for key, value in self.attributes if key == name]

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.attributes)


def read_blocks(text: str) -> list[Block]:
    """The session block and then one for each m= line. Raises SdpError "unreadable"."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise unreadable(f"the description is larger than {MAX_BYTES} bytes")
    blocks = [Block("", 0, "", (), [])]
    if text.count("\n") > MAX_LINES:
        raise unreadable(f"the description has more than {MAX_LINES} lines")
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        if not line.strip():
            continue
        if len(line) > MAX_LINE:
            raise unreadable(f"line {number} is longer than {MAX_LINE} characters")
        if not _LINE.match(line) or not line.isprintable():
            raise unreadable(f"line {number} is not of the form <type>=<value>")
        if line[0] == "m":
            if len(blocks) > MAX_SECTIONS:
                raise unreadable(f"there are more than {MAX_SECTIONS} media sections")
            blocks.append(_media_block(line[2:], number))
        elif line[0] == "a":
            name, _, value = line[2:].partition(":")
            blocks[-1].attributes.append((name, value.strip()))
    return blocks


def _media_block(value: str, number: int) -> Block:
    match = _MEDIA.fullmatch(value.rstrip())
    if match is None or int(match[2]) > 65_535:
        raise unreadable(f"line {number} is not a media description")
    return Block(match[1], int(match[2]), match[3], tuple(match[4].split()), [])


def token(text: str, what: str) -> str:
    """`text`, when it is a token of RFC 8866 §9 of at most 64 characters. Raises SdpError "unreadable"."""
    if not _TOKEN.fullmatch(text):
        raise unreadable(f"{what} is not a token")
    return text


def number(text: str, maximum: int, what: str) -> int:
    """`text` as a decimal number from 0 to `maximum`. Raises SdpError "unreadable"."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= maximum):
        raise unreadable(f"{what} is not a number from 0 to {maximum}")
    return int(text)
