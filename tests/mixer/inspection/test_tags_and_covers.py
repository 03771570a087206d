"""Text and pictures of strangers, made fit to be shown."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mixer.inspection.cover import MAX_SIDE, PictureRejected, draw_cover
from mixer.inspection.tags import clean_text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  A\t B\r\n", "A B"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("\u2066x\u2069\u200b\ufeffy", "xy"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("<img src=x onerror=alert(1)>", "‹img src=x onerror=alert(1)›"),
        ("e\u0301", "é"),
        ("\ud800x", "x"),
        ("👩\u200d🎤 live", "👩\u200d🎤 live"),
        ("x" * 500, "x" * 200),
    ],
)
def test_text_is_cleaned(raw: str, clean: str) -> None:
    assert clean_text(raw, 200) == clean


@given(text=st.text(max_size=300))
def test_any_text_comes_out_clean(text: str) -> None:
    clean = clean_text(text, 50)
    assert len(clean) <= 50
    assert not set(clean) & set("<>\n\u202e\u2066")
    assert all(unicodedata.category(char) not in {"Cc", "Cs"} for char in clean)
    assert clean == clean_text(clean, 50)


def picture(mode: str, size: tuple[int, int], kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 128 if mode == "L" else "red").save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGBA", "PNG"), ("P", "GIF"), ("RGB", "WEBP")]
)
def test_any_picture_becomes_a_small_jpeg_of_nothing_but_itself(mode: str, kind: str) -> None:
    drawn = draw_cover(picture(mode, (2_400, 1_200), kind))
    with Image.open(io.BytesIO(drawn)) as cover:
        assert (cover.format, cover.mode, cover.size) == ("JPEG", "RGB", (MAX_SIDE, MAX_SIDE // 2))
        assert not cover.getexif()


def test_a_picture_is_turned_as_its_camera_says_and_small_ones_stay_small() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(draw_cover(picture("RGB", (300, 200), "JPEG", exif=exif)))) as cover:
        assert cover.size == (200, 300)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n junk", b"<svg xmlns='http://www.w3.org/2000/svg'/>", bytes(21 * 1024**2)],
    ids=["empty", "damaged", "svg", "large"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureRejected):
        draw_cover(data)


def test_a_small_file_of_many_pixels_is_refused() -> None:
    bomb = picture("L", (10_000, 10_000), "PNG")
    assert len(bomb) < 200_000
    with pytest.raises(PictureRejected):
        draw_cover(bomb)
