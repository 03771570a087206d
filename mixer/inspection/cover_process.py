"""`python -m mixer.inspection.cover_process`: a picture on standard input, a cover on standard output, within bounds."""

from __future__ import annotations

import os
import sys
from typing import Final

from mixer.inspection.confine import Bounds, confine
from mixer.inspection.cover import MAX_BYTES, PictureRejected, draw_cover

REFUSED: Final = 3
_MIB: Final = 1024**2
BOUNDS: Final = Bounds(memory_bytes=768 * _MIB, mapped_bytes=512 * _MIB, cpu_s=15, file_bytes=0)


def main() -> int:
    """0 with a JPEG, or REFUSED with the reason on standard error."""
    confine(BOUNDS, parent=os.getppid())
    try:
        cover = draw_cover(sys.stdin.buffer.read(MAX_BYTES + 1))
    except PictureRejected as error:
        sys.stderr.write(str(error))
        return REFUSED
    sys.stdout.buffer.write(cover)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
