"""The process that makes pictures, as its worker starts it: a whole ladder at once, for long."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

from media_server.transcode.confine import environment
from media_server.transcode.renditions import Rendition
from media_server.transcode.wire import (
    HEADER,
    MadeFormat,
    MadePicture,
    Outputs,
    Source,
    SourceFrame,
    pack,
    parse,
    parse_header,
)
from tests.support.frame_source import PictureSource

PICTURES = 400
LADDER = tuple(
    Rendition(f"video:{height}", height * 16 // 9, height, 300_000, f"{height}p", from_key=False)
    for height in (216, 144, 108, 72)
)


def test_a_ladder_is_made_of_every_picture_by_a_process_that_ends_as_it_should() -> None:
    source = PictureSource("h264", width=640, height=360)
    heard = [pack(Source(1, source.track.format)), pack(Outputs(LADDER))]
    heard += [pack(SourceFrame(1, True, source.next())) for _ in range(PICTURES)]
    command = [sys.executable, "-m", "media_server.transcode.picture_process", f"--parent={os.getpid()}"]
    ended = subprocess.run(
        command, input=b"".join(heard), capture_output=True, env=environment(), timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr.decode(errors="replace")
    names: dict[int, str] = {}
    made: Counter[str] = Counter()
    said = ended.stdout
    while said:
        kind, length = parse_header(said[: HEADER.size])
        message = parse(kind, said[HEADER.size : HEADER.size + length])
        said = said[HEADER.size + length :]
        if isinstance(message, MadeFormat):
            names[len(names)] = message.track_id
        elif isinstance(message, MadePicture):
            made[names[message.number]] += 1
    assert made == {rung.track_id: PICTURES for rung in LADDER}
