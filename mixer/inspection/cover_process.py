"""`python -m mixer.inspection.cover_process`: a picture on standard input, its JPEG on standard output.

The exit status is REFUSED where the picture is to blame, with a sentence on standard error.
"""

from __future__ import annotations

import os
import sys

from mixer.inspection.confine import Bounds, confine

REFUSED = 3
BOUNDS = Bounds(memory_bytes=768 * 1024**2, mapped_bytes=1024**3, cpu_s=20, file_bytes=1024**2)


def main() -> int:
    confine(BOUNDS, parent=os.getppid())
    from mixer.inspection.cover import MAX_BYTES, PictureRejected, draw_cover

    try:
        drawn = draw_cover(sys.stdin.buffer.read(MAX_BYTES + 1))
    except PictureRejected as rejected:
        print(rejected, file=sys.stderr)
        return REFUSED
    sys.stdout.buffer.write(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
