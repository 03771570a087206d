"""`python -m media_server.transcode.sound_process`: makes sound of all rooms for the worker that started it.

Started by SoundMaker, never by hand. Messages come on standard input and go to standard output (`sound_wire.py`).
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import BinaryIO, Final

from media_server.transcode.confine import confine

_NICENESS: Final = 0
"""Sound that is late is lost, and it takes a hundredth of what pictures do."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m media_server.transcode.sound_process", description=__doc__)
    parser.add_argument("--parent", type=int, required=True)
    # Before the libraries that decode are even loaded.
    confine(parent=parser.parse_args().parent, niceness=_NICENESS)
    # What a library prints must not come between messages.
    said = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return _serve(sys.stdin.buffer, said)


def _serve(heard: BinaryIO, said: BinaryIO) -> int:
    from media_server.transcode.sound_wire import Begin, End, Lot, Made, pack, parse
    from media_server.transcode.sound_work import Conversion, Work, conversion_of
    from media_server.transcode.wire import HEADER, parse_header

    works: dict[int, Work] = {}
    conversions: dict[int, Conversion] = {}
    while header := heard.read(HEADER.size):
        kind, length = parse_header(header)
        match parse(kind, heard.read(length)):
            case Begin(line, work):
                works[line] = work
            case Lot(line, packets):
                # With its first lot: who dies of a line dies of what is under way.
                conversion = conversions.get(line) or conversions.setdefault(line, conversion_of(works[line]))
                said.write(pack(Made(line, conversion.head, tuple(conversion.run(packets)))))
                said.flush()
            case End(line):
                works.pop(line, None)
                conversions.pop(line, None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
