"""`python -m media_server.transcode.still_process`: makes pictures for listings, one at a time.

Started by StillMaker, never by hand. Requests come on standard input, answers go to standard output (`still.py`).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from media_server.transcode.child_side import Pipes, run_confined

if TYPE_CHECKING:
    from PIL import Image

    from media_server.transcode.still import Still, StillRequest

WIDTH: Final = 640
SMALL_WIDTH: Final = 320
FRAME_MS: Final = 500
_JPEG_QUALITY: Final = 78
_WEBP_QUALITY: Final = 60


def _serve(worker: Pipes) -> None:
    from media_server.transcode.still import LENGTH, pack_answer, parse_length, parse_request

    while True:
        request = parse_request(worker.read(parse_length(worker.read(LENGTH.size))))
        worker.write(pack_answer(make_still(request)))
        worker.flush()


def make_still(request: StillRequest) -> Still | None:
    """What a key frame shows; None for one that does not decode."""
    from media_server.transcode.still import Still

    picture = _decoded(request)
    if picture is None:
        return None
    small = _jpeg(_scaled(picture, SMALL_WIDTH))
    return Still(_jpeg(picture), small, _animation([*request.earlier, small]))


def _decoded(request: StillRequest) -> Image.Image | None:
    """The picture, no wider than it is shown."""
    import av
    from av.video.reformatter import Interpolation
    from PIL import Image

    from media_server.transcode.decoding import open_decoder

    try:
        decoder = open_decoder(request.format)
        pictures = decoder.decode(av.Packet(request.key_frame)) + decoder.decode(None)
    except (av.FFmpegError, ValueError):
        return None
    if not pictures:
        return None
    picture = pictures[0]
    width = min(WIDTH, picture.width)
    height = max(1, round(picture.height * width / picture.width))
    # Scaled as it is converted: that of a large picture takes longer than decoding it.
    shown = picture.reformat(width, height, "rgb24", interpolation=Interpolation.AREA)
    return Image.fromarray(shown.to_ndarray())


def _scaled(picture: Image.Image, width: int) -> Image.Image:
    width = min(width, picture.width)
    return picture.resize((width, max(1, round(picture.height * width / picture.width))), reducing_gap=2.0)


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return out.getvalue()


def _animation(stills: list[bytes]) -> bytes:
    """All of the first one's shape, half a second each, for ever: another camera begins a new one."""
    from PIL import Image

    pictures = [Image.open(io.BytesIO(still)) for still in stills]
    shown = [picture for picture in pictures if picture.size == pictures[-1].size]
    out = io.BytesIO()
    shown[0].save(
        out,
        "WEBP",
        save_all=True,
        append_images=shown[1:],
        duration=FRAME_MS,
        loop=0,
        quality=_WEBP_QUALITY,
        method=2,
    )
    return out.getvalue()


if __name__ == "__main__":
    run_confined("still_process", _serve)
