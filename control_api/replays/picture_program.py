"""`python -m control_api.replays.picture_program`: a JPEG of the first picture of the fragmented MP4 on stdin.

A process of its own, without secrets and bounded in memory and time, since decoders are where attacks begin.
"""

import io
import resource
import sys
from fractions import Fraction

import av

REFUSED = 3
MAX_BYTES = 64 * 1024**2
MEMORY_BYTES = 2 * 1024**3
CPU_S = 20
WIDTH = 640


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        picture = draw(sys.stdin.buffer.read(MAX_BYTES + 1)[:MAX_BYTES])
    except (av.FFmpegError, ValueError, MemoryError, StopIteration) as error:
        print(type(error).__name__, file=sys.stderr)
        return REFUSED
    sys.stdout.buffer.write(picture)
    return 0


def draw(movie: bytes) -> bytes:
    """Raises FFmpegError, ValueError, StopIteration for what has no picture."""
    with av.open(io.BytesIO(movie), "r", format="mp4") as container:
        stream = container.streams.video[0] if container.streams.video else None
        if stream is None:
            raise ValueError("no picture")
        stream.thread_type = "NONE"
        frame = next(container.decode(stream))
    width = min(WIDTH, frame.width) // 2 * 2
    height = max(2, round(frame.height * width / frame.width / 2) * 2)
    frame = frame.reformat(width=width, height=height, format="yuvj420p")
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuvj420p"
    encoder.time_base = frame.time_base or Fraction(1, 90_000)
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


if __name__ == "__main__":
    sys.exit(main())
