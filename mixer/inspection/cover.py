"""A picture that somebody sent, made anew: what comes out was drawn by us from its pixels alone."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

MAX_SIDE = 1_000
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
_QUALITY = 88
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


class PictureRejected(ValueError):
    """What cannot be a cover, with a sentence."""


def draw_cover(data: bytes) -> bytes:
    """A JPEG of at most MAX_SIDE a side, upright, without anything but the picture. Raises PictureRejected."""
    if len(data) > MAX_BYTES:
        raise PictureRejected(f"A cover may have {MAX_BYTES // 1024**2} MB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                is_small = picture.width * picture.height <= MAX_PIXELS
                drawn = _draw(picture) if is_small else None
    except Exception as error:
        # Decoders of pictures raise whatever broken files lead to.
        raise PictureRejected("This is not a JPEG, PNG, WebP, GIF or BMP picture, or is damaged.") from error
    if drawn is None:
        raise PictureRejected(f"A cover may have {MAX_PIXELS // 1_000_000} million pixels.")
    return drawn


def _draw(picture: Image.Image) -> bytes:
    picture.draft("RGB", (2 * MAX_SIDE, 2 * MAX_SIDE))
    upright = ImageOps.exif_transpose(picture)
    flat = Image.new("RGB", upright.size, "white")
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        with_alpha = upright.convert("RGBA")
        flat.paste(with_alpha, mask=with_alpha.getchannel("A"))
    else:
        flat.paste(upright.convert("RGB"))
    flat.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return out.getvalue()
