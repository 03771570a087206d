"""Claims about the playlists of replays, judged by a strict parser that is not ours."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from control_api.replays import playlists
from control_api.replays.models import Init, Kind, Rendition, Segment
from tests.media_server.egress.hls.strict_parser import strictly_parsed

BEGAN = datetime(2026, 3, 1, 20, 15, tzinfo=UTC)


def rendition(name: str, kind: Kind, *codecs: str, size: tuple[int, int] = (0, 0)) -> Rendition:
    inits = tuple(Init(number, f"{name}-init-{number}.mp4", codec, *size) for number, codec in enumerate(codecs))
    return Rendition(name, kind, duration_s=10.0, bytes=1_000_000, peak_bps=1_234_567.8, inits=inits)


VIDEO = rendition("video", "video", "avc1.64001f", "avc1.42c01f", size=(1280, 720))
SMALL = rendition("video360", "video", "avc1.42c01e", size=(640, 360))
AAC = rendition("audio", "audio", "mp4a.40.2")
OPUS = rendition("aopus", "audio", "opus")


def segments(*kinds: str, duration_s: float = 2.0) -> list[Segment]:
    """One for each: `.` goes on, `i` brings another init, `d` a discontinuity after a minute, `l` is late by 0.2 s."""
    made: list[Segment] = []
    init, date = 0, BEGAN
    for number, kind in enumerate(kinds):
        init += kind == "i"
        date += {"d": timedelta(minutes=1), "l": timedelta(seconds=0.2)}.get(kind, timedelta())
        made.append(
            Segment(100 + number, init, f"video-{100 + number}.m4s", duration_s, number * 2.0, date, 5_000, kind == "d")
        )
        date += timedelta(seconds=duration_s)
    return made


@pytest.mark.parametrize(
    ("renditions", "variants"),
    [
        ([VIDEO, AAC], ["avc1.64001f,avc1.42c01f,mp4a.40.2"]),
        ([VIDEO, SMALL, AAC], ["avc1.64001f,avc1.42c01f,mp4a.40.2", "avc1.42c01e,mp4a.40.2"]),
        ([VIDEO, OPUS, AAC], ["avc1.64001f,avc1.42c01f,mp4a.40.2", "avc1.64001f,avc1.42c01f,opus"]),
        ([VIDEO], ["avc1.64001f,avc1.42c01f"]),
        ([AAC], ["mp4a.40.2"]),
        ([OPUS, AAC], ["mp4a.40.2", "opus"]),
    ],
    ids=range(6),
)
def test_every_picture_comes_with_every_sound_and_aac_first(renditions: list[Rendition], variants: list[str]) -> None:
    parsed = strictly_parsed(playlists.multivariant(renditions))
    assert (parsed["isMaster"], parsed["variants"]) == (True, variants)


@pytest.mark.parametrize("is_complete", [True, False])
@pytest.mark.parametrize("kinds", ["...", ".i.", ".d.i.d", "d..", ".l."])
def test_media_playlists_are_what_the_specification_says(kinds: str, is_complete: bool) -> None:
    text = playlists.media(segments(*kinds), VIDEO.inits, is_complete=is_complete)
    assert strictly_parsed(text)["segments"] == len(kinds)
    assert text.count("#EXT-X-DISCONTINUITY\n") == kinds[1:].count("d")
    assert text.count("#EXT-X-MAP") == 1 + kinds.count("i")
    assert text.count("#EXT-X-PROGRAM-DATE-TIME") == 1 + kinds[1:].count("d") + kinds.count("l")


def test_a_playlist_that_grows_only_grows_at_its_end() -> None:
    inits = VIDEO.inits
    texts = [playlists.media(segments(*"..d.i."[:length]), inits, is_complete=False) for length in range(1, 7)]
    assert all(longer.startswith(shorter) for shorter, longer in pairwise(texts))


def test_no_segment_is_longer_than_the_target_says() -> None:
    text = playlists.media(segments("...", duration_s=8.4), VIDEO.inits, is_complete=True)
    assert "#EXT-X-TARGETDURATION:8\n" in text
    text = playlists.media(segments("...", duration_s=12.5), VIDEO.inits, is_complete=False)
    assert "#EXT-X-TARGETDURATION:13\n" in text
