"""LL-HLS of what encoders send: any decoder takes it, and times in it are those of the frames."""

from __future__ import annotations

import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Literal

import imageio_ffmpeg
import numpy as np
import pytest

from media_server.egress.hls.events import Part
from media_server.egress.hls.settings import HlsSettings
from media_server.hub.frames import Track
from tests.media_server.egress.hls.encoder import Encoder, pictures, sound, without
from tests.media_server.egress.hls.simulation import all_segments, decode, read_fragment, runs
from tests.media_server.egress.hls.strict_parser import strictly_parsed

PICTURE = pictures(7)
SOUND = sound(7)


def check_playlist(encoder: Encoder, name: str, *, scale: int) -> None:
    """The rules of RFC 8216bis for durations, and tfdt against both."""
    text = encoder.text(name)
    strictly_parsed(text)
    target = int(re.search(r"TARGETDURATION:(\d+)", text)[1])  # type: ignore[index]
    part_target = float(re.search(r"PART-TARGET=([\d.]+)", text)[1])  # type: ignore[index]
    for segment in all_segments(encoder.playlist(name)):
        assert round(segment.duration_s) <= target
        fragments = [read_fragment(part.data) for part in segment.parts]
        for part, fragment in zip(segment.parts, fragments, strict=True):
            assert sum(fragment.durations) == pytest.approx(part.duration_s * scale, abs=1)
            assert part.duration_s <= part_target + 1e-9
        assert all(part.duration_s >= 0.85 * part_target for part in segment.parts[:-1])
        for before, after in pairwise(fragments):
            assert after.decode_time == before.end


def test_b_frames_are_shown_in_their_order_at_their_times() -> None:
    coded = pictures(7, b_frames=2, fps=30)
    assert coded[0].reorders
    encoder = Encoder()
    encoder.send({"video": coded, "audio": SOUND}, seconds=6.5)
    check_playlist(encoder, "video", scale=90_000)
    ((_, data),) = runs(encoder.playlist("video"))
    frames, complaints = decode(data)
    assert complaints == []
    times = [round(30 * float(frame.time or 0)) for frame in frames]
    assert times[:-3] == list(range(times[0], times[0] + len(times) - 3))
    assert len(times) > 150


@pytest.mark.parametrize("sample_rate", [44_100, 48_000])
def test_aac_goes_through_as_it_is_in_step_with_the_picture(sample_rate: int) -> None:
    coded = sound(7, sample_rate=sample_rate)
    encoder = Encoder()
    encoder.send({"video": PICTURE, "audio": coded}, seconds=6.5)
    check_playlist(encoder, "audio", scale=sample_rate)
    ((_, data),) = runs(encoder.playlist("audio"))
    frames, complaints = decode(data)
    assert complaints == []
    assert {frame.sample_rate for frame in frames if hasattr(frame, "sample_rate")} == {sample_rate}
    cuts = [segment.program_date_time for segment in all_segments(encoder.playlist("video"))]
    begins = [segment.program_date_time for segment in all_segments(encoder.playlist("audio"))]
    assert begins == pytest.approx(cuts[: len(begins)], abs=0.03)
    assert 'CHANNELS="2"' in encoder.multivariant()


@pytest.mark.parametrize(
    ("codec", "name"),
    [("h264", "avc1.42"), ("hevc", "hvc1.1.6.L"), ("av1", "av01.0."), ("vp9", "vp09.00.10.08")],
)
def test_pictures_of_each_codec_decode_in_any_player(
    codec: Literal["h264", "hevc", "av1", "vp9"], name: str, tmp_path: Path
) -> None:
    encoder = Encoder()
    encoder.send({"video": pictures(4.5, codec=codec)}, seconds=4.4)
    assert f'CODECS="{name}' in encoder.multivariant()
    strictly_parsed(encoder.multivariant())
    check_playlist(encoder, "video", scale=90_000)
    ((_, data),) = runs(encoder.playlist("video"))
    frames, complaints = decode(data)
    assert [complaint for complaint in complaints if "missing picture" not in complaint] == []
    assert len(frames) > 55
    file = tmp_path / "video.mp4"
    file.write_bytes(data)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-xerror", "-i", str(file), "-f", "null", "-"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_sound_alone_plays() -> None:
    encoder = Encoder()
    encoder.send({"audio": SOUND}, seconds=6)
    check_playlist(encoder, "audio", scale=48_000)
    assert [segment.duration_s for segment in encoder.playlist("audio").listed()] == pytest.approx([1, 2, 2], abs=0.03)
    assert "EXT-X-MEDIA:" not in encoder.multivariant()
    strictly_parsed(encoder.multivariant())


def test_a_picture_alone_plays() -> None:
    encoder = Encoder()
    encoder.send({"video": PICTURE}, seconds=6)
    assert "AUDIO" not in encoder.multivariant()
    strictly_parsed(encoder.multivariant())


def test_aac_that_is_missing_is_silence_and_what_comes_later_is_at_its_time() -> None:
    coded = sound(12)
    gap = (coded[0], without(coded[1], lambda at: 3 <= at < 8))
    encoder = Encoder()
    encoder.send({"video": pictures(12), "audio": gap}, seconds=11.5)
    ((_, data),) = runs(encoder.playlist("audio"))
    frames, complaints = decode(data)
    assert complaints == []
    peaks = [(float(frame.time or 0), float(np.abs(frame.to_ndarray()).max())) for frame in frames]
    start = peaks[0][0]
    assert max(peak for at, peak in peaks if 3.2 < at - start < 7.8) < 0.01
    assert min(peak for at, peak in peaks if 8.1 < at - start < 11) > 0.2
    assert [at for at, _ in peaks] == pytest.approx([start + 1024 / 48_000 * index for index in range(len(peaks))])


def test_sound_that_stops_does_not_hold_up_the_picture() -> None:
    coded = sound(12)
    stops = (coded[0], without(coded[1], lambda at: at > 3))
    encoder = Encoder()
    encoder.send({"video": pictures(12), "audio": stops}, seconds=11.5)
    ends = [
        read_fragment(all_segments(encoder.playlist(name))[-1].parts[-1].data).end / scale
        for name, scale in (("video", 90_000), ("audio", 48_000))
    ]
    assert ends[1] > ends[0] - 1.0


def test_opus_is_an_extra_where_it_is_wanted_and_alone_where_there_is_nothing_else() -> None:
    opus = sound(7, codec="opus")
    encoder = Encoder(settings=HlsSettings(with_opus=True))
    encoder.send({"video": PICTURE, "audio": opus, "audio:aac": SOUND}, seconds=6.5)
    text = encoder.multivariant()
    strictly_parsed(text)
    variants = re.findall(r'CODECS="([^"]+)".*AUDIO="(\w+)"\n(\S+)', text)
    assert [(codecs.partition(",")[2], group, uri) for codecs, group, uri in variants] == [
        ("mp4a.40.2", "audio", "video.m3u8"),
        ("opus", "opus", "video.m3u8"),
    ]
    check_playlist(encoder, "audioxopus", scale=48_000)
    ((_, data),) = runs(encoder.playlist("audioxopus"))
    assert decode(data)[1] == []
    plain = Encoder()
    plain.send({"video": PICTURE, "audio": opus}, seconds=6.5)
    assert plain.multivariant().count("#EXT-X-STREAM-INF") == 1
    assert ',opus"' in plain.multivariant()


def test_opus_that_is_missing_is_silence() -> None:
    coded = sound(7, codec="opus")
    gap = (coded[0], without(coded[1], lambda at: 2 <= at < 4))
    encoder = Encoder()
    encoder.send({"video": PICTURE, "audio": gap}, seconds=6.5)
    ((_, data),) = runs(encoder.playlist("audioxopus"))
    frames, complaints = decode(data)
    assert complaints == []
    peaks = [(float(frame.time or 0), float(np.abs(frame.to_ndarray()).max())) for frame in frames]
    assert max(peak for at, peak in peaks if 2.2 < at - peaks[0][0] < 3.9) < 0.01


def test_who_keeps_segments_is_told_of_every_byte() -> None:
    encoder = Encoder()
    kept = Keeping()
    encoder.egress.listen(kept)
    encoder.send({"video": PICTURE, "audio": SOUND}, seconds=6.5)
    for name in ("video", "audio"):
        playlist = encoder.playlist(name)
        for segment in playlist.listed():
            assert b"".join(part.data for part in kept.parts[name, segment.number]) == playlist.segment(segment.number)
            assert (name, segment.number) in kept.ended
            began = kept.began[name, segment.number]
            assert kept.initializations[name, int(began["initialization"])] == playlist.initialization(
                segment.initialization
            )
            assert began["date_time"] == segment.program_date_time
            first = read_fragment(segment.parts[0].data).decode_time / (90_000 if name == "video" else 48_000)
            assert began["media_s"] == pytest.approx(first, abs=0.2)
    assert {track.track_id for track in kept.tracks} == {"video", "audio"}


class Keeping:
    """A `SegmentListener` that keeps everything."""

    def __init__(self) -> None:
        self.initializations: dict[tuple[str, int], bytes] = {}
        self.tracks: list[Track] = []
        self.began: dict[tuple[str, int], dict[str, float]] = {}
        self.parts: dict[tuple[str, int], list[Part]] = {}
        self.ended: set[tuple[str, int]] = set()

    def initialization(self, rendition: str, number: int, track: Track, data: bytes) -> None:
        self.initializations[rendition, number] = data
        self.tracks.append(track)

    def segment_began(
        self, rendition: str, number: int, *, initialization: int, media_s: float, date_time: float, discontinuity: bool
    ) -> None:
        self.began[rendition, number] = {
            "initialization": initialization,
            "media_s": media_s,
            "date_time": date_time,
            "discontinuity": discontinuity,
        }
        self.parts[rendition, number] = []

    def part(self, rendition: str, number: int, part: Part) -> None:
        self.parts[rendition, number].append(part)

    def segment_ended(self, rendition: str, number: int) -> None:
        self.ended.add((rendition, number))
