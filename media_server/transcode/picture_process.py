"""`python -m media_server.transcode.picture_process`: makes pictures for the worker that started it.

Started by PictureProcess, never by hand. Messages come on standard input and go to standard output (`wire.py`).
"""

from __future__ import annotations

import time

from media_server.transcode.child_side import Pipes, run_confined


def _serve(worker: Pipes) -> None:
    from media_server.transcode.converter import Converter
    from media_server.transcode.wire import HEADER, Outputs, Progress, Source, SourceFrame, pack, parse, parse_header

    converter = Converter()
    while True:
        kind, length = parse_header(worker.read(HEADER.size))
        match parse(kind, worker.read(length)):
            case Source(epoch, track_format):
                converter.begin(epoch, track_format)
            case Outputs(renditions):
                converter.set_outputs(renditions)
            case SourceFrame() as frame:
                for message in converter.feed(frame):
                    worker.write(pack(message))
                worker.write(pack(Progress(frame.epoch, frame.frame.dts, time.process_time())))
                worker.flush()


if __name__ == "__main__":
    run_confined("picture_process", _serve)
