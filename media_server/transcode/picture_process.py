"""`python -m media_server.transcode.picture_process`: makes pictures for the worker that started it.

Started by PictureProcess, never by hand. Messages come on standard input and go to standard output (`wire.py`).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import BinaryIO

from media_server.transcode.confine import confine


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m media_server.transcode.picture_process", description=__doc__)
    parser.add_argument("--parent", type=int, required=True)
    # Before the libraries that decode are even loaded.
    confine(parent=parser.parse_args().parent)
    # What a library prints must not come between messages.
    said = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return _serve(sys.stdin.buffer, said)


def _serve(heard: BinaryIO, said: BinaryIO) -> int:
    from media_server.transcode.converter import Converter
    from media_server.transcode.wire import HEADER, Outputs, Progress, Source, SourceFrame, pack, parse, parse_header

    converter = Converter()
    while True:
        header = heard.read(HEADER.size)
        if not header:
            return 0
        kind, length = parse_header(header)
        match parse(kind, heard.read(length)):
            case Source(epoch, track_format):
                converter.begin(epoch, track_format)
            case Outputs(renditions):
                converter.set_outputs(renditions)
            case SourceFrame() as frame:
                for message in converter.feed(frame):
                    said.write(pack(message))
                said.write(pack(Progress(frame.epoch, frame.frame.dts, time.process_time())))
                said.flush()


if __name__ == "__main__":
    sys.exit(main())
