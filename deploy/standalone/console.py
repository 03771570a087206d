"""What the supervisor writes to its terminal: its own words, and the children's lines with their names before them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Final, TextIO

NAME_WIDTH: Final = 12
CHUNK_BYTES: Final = 65_536
MAX_LINE_BYTES: Final = 8_192  # a longer line is broken, so that a child without newlines costs no memory
_COLOURS: Final = (36, 35, 33, 32, 34, 96, 95, 93)


class Console:
    """Writes whole lines. When nobody reads any more it says so once, by `on_closed`, and drops the rest."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out if out is not None else sys.stdout
        self._colours: dict[str, int] = {}
        self._is_closed = False
        self.in_colour = self._out.isatty() and "NO_COLOR" not in os.environ
        self.on_closed: Callable[[], None] = lambda: None

    def say(self, text: str) -> None:
        """A line of the supervisor itself."""
        self.line("nrs-live", text)

    def line(self, name: str, text: str) -> None:
        prefix = f"{name:<{NAME_WIDTH}} │"
        if self.in_colour:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self.plain(f"{prefix} {text}")

    def plain(self, text: str) -> None:
        if self._is_closed:
            return
        try:
            self._out.write(f"{text}\n")
            self._out.flush()
        except OSError:
            self._is_closed = True
            self.on_closed()

    async def copy(self, name: str, stream: asyncio.StreamReader, hushed: tuple[str, ...] = ()) -> None:
        """Copy a child's output until it ends, line by line, without the lines that contain one of `hushed`."""
        rest = b""
        while chunk := await stream.read(CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            while len(rest) > MAX_LINE_BYTES:
                lines.append(rest[:MAX_LINE_BYTES])
                rest = rest[MAX_LINE_BYTES:]
            for line in lines:
                text = line.decode(errors="replace").rstrip("\r")
                if not any(words in text for words in hushed):
                    self.line(name, text)
        if rest:
            self.line(name, rest.decode(errors="replace"))
