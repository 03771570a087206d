"""`python -m media_server.transcode.sound_process`: makes sound of all rooms for the worker that started it.

Started by SoundMaker, never by hand. Messages come on standard input and go to standard output (`sound_wire.py`).
"""

from __future__ import annotations

from typing import Final

from media_server.transcode.child_side import Pipes, run_confined

_NICENESS: Final = 0
"""Sound that is late is lost, and it takes a hundredth of what pictures do."""


def _serve(worker: Pipes) -> None:
    from media_server.transcode.sound_wire import Begin, End, Lot, Made, pack, parse
    from media_server.transcode.sound_work import Conversion, Work, conversion_of
    from media_server.transcode.wire import HEADER, parse_header

    works: dict[int, Work] = {}
    conversions: dict[int, Conversion] = {}
    while True:
        kind, length = parse_header(worker.read(HEADER.size))
        match parse(kind, worker.read(length)):
            case Begin(line, work):
                works[line] = work
            case Lot(line, packets):
                # With its first lot: who dies of a line dies of what is under way.
                conversion = conversions.get(line) or conversions.setdefault(line, conversion_of(works[line]))
                worker.write(pack(Made(line, conversion.head, tuple(conversion.run(packets)))))
                worker.flush()
            case End(line):
                works.pop(line, None)
                conversions.pop(line, None)


if __name__ == "__main__":
    run_confined("sound_process", _serve, niceness=_NICENESS)
