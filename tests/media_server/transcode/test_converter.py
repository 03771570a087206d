"""Pictures decoded once and made into what is wanted: no B-frames, the source's key frames, nothing larger."""

from __future__ import annotations

from itertools import pairwise

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from media_server.hub.frames import CLOCK_RATE, Frame, TrackFormat, VideoCodec
from media_server.transcode.converter import Converter
from media_server.transcode.renditions import Rendition
from media_server.transcode.wire import MadeFormat, MadePicture, SourceFrame
from tests.support.frame_source import PictureSource

FULL = Rendition("video:webrtc", 320, 180, 400_000, "180p", from_key=False)
RUNG = Rendition("video:90", 160, 90, 100_000, "90p", from_key=True)


class Made:
    """What a converter made, by rendition."""

    def __init__(self, converter: Converter) -> None:
        self.converter = converter
        self.formats: dict[str, TrackFormat] = {}
        self.frames: dict[str, list[Frame]] = {}
        self._names: list[str] = []

    def feed(self, frame: Frame, *, epoch: int = 1, is_shown: bool = True) -> None:
        for said in self.converter.feed(SourceFrame(epoch, is_shown, frame)):
            if isinstance(said, MadeFormat):
                self.formats[said.track_id] = said.format
                self._names.append(said.track_id)
                self.frames.setdefault(said.track_id, [])
            elif isinstance(said, MadePicture):
                self.frames[self._names[said.number]].append(said.frame)

    def keys(self, track_id: str) -> list[int]:
        return [frame.pts for frame in self.frames[track_id] if frame.is_key]


def converting(source: PictureSource, *renditions: Rendition) -> Made:
    converter = Converter()
    converter.begin(1, source.track.format)
    converter.set_outputs(renditions)
    return Made(converter)


def luma_of(track_format: TrackFormat, frames: list[Frame]) -> list[float]:
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.extradata, decoder.thread_count = track_format.config, 1
    pictures = [picture for frame in frames for picture in decoder.decode(av.Packet(frame.data))]
    pictures += decoder.decode(None)
    for picture in pictures:
        assert (picture.width, picture.height) == (track_format.width, track_format.height)
    middle = slice(track_format.height // 3, 2 * track_format.height // 3)
    return [float(np.mean(picture.to_ndarray(format="yuv420p")[middle])) for picture in pictures]


@pytest.mark.parametrize(
    ("codec", "b_frames"), [("h264", 2), ("hevc", 0), ("vp8", 0), ("vp9", 0), ("av1", 0)], ids=lambda value: str(value)
)
def test_every_source_becomes_h264_in_the_order_in_which_it_is_shown(codec: VideoCodec, b_frames: int) -> None:
    source = PictureSource(codec, b_frames=b_frames, luma=150)
    made = converting(source, FULL)
    for _ in range(40):
        made.feed(source.next())
    frames = made.frames["video:webrtc"]
    assert len(frames) > 30
    assert all(frame.dts == frame.pts for frame in frames)
    assert {after.pts - before.pts for before, after in pairwise(frames)} == {3000}
    assert frames[0].is_key
    luma = luma_of(made.formats["video:webrtc"], frames)
    assert len(luma) == len(frames)
    assert luma[-1] == pytest.approx(150, abs=5)


def test_all_renditions_have_key_frames_where_the_source_has_its_own() -> None:
    source = PictureSource(gop=17, b_frames=2)
    made = converting(source, FULL, RUNG)
    sent = [source.next() for _ in range(70)]
    for frame in sent:
        made.feed(frame)
    keys = [frame.pts for frame in sent if frame.is_key]
    assert made.keys("video:webrtc") == made.keys("video:90") == keys[: len(made.keys("video:90"))]
    assert len(made.keys("video:90")) >= 4


def test_a_source_with_few_key_frames_gets_them_on_one_grid_of_two_seconds() -> None:
    source = PictureSource(gop=1000, fps=10)
    made = converting(source, FULL, RUNG)
    for _ in range(70):
        made.feed(source.next())
    assert made.keys("video:webrtc") == made.keys("video:90")
    assert {after - before for before, after in pairwise(made.keys("video:90"))} == {2 * CLOCK_RATE}


def test_what_is_only_built_on_is_not_made_and_what_follows_begins_with_a_key_frame() -> None:
    source = PictureSource(gop=300)
    made = converting(source, FULL)
    for _ in range(20):
        made.feed(source.next(), is_shown=False)
    assert made.frames == {}
    shown = source.next()
    made.feed(shown)
    (first,) = made.frames["video:webrtc"]
    assert (first.pts, first.is_key) == (shown.pts, True)


def test_a_rung_that_is_wanted_later_begins_with_the_sources_next_key_frame() -> None:
    source = PictureSource(gop=30)
    made = converting(source, FULL)
    for _ in range(10):
        made.feed(source.next())
    made.converter.set_outputs((FULL, RUNG))
    for _ in range(25):
        made.feed(source.next())
    assert made.frames["video:90"][0].pts == 90_000 + 30 * 3000
    assert len(made.frames["video:webrtc"]) == 35
    made.converter.set_outputs((RUNG,))
    made.feed(source.next())
    assert len(made.frames["video:webrtc"]) == 35


def test_a_source_that_begins_anew_is_made_anew_and_the_old_one_is_forgotten() -> None:
    source, again = PictureSource(), PictureSource(first_dts=0, width=160, height=90)
    made = converting(source, FULL)
    for _ in range(5):
        made.feed(source.next())
    made.converter.begin(2, again.track.format)
    made.feed(source.next(), epoch=1)
    assert len(made.frames["video:webrtc"]) == 5
    made.feed(again.next(), epoch=2)
    assert (made.frames["video:webrtc"][5].pts, made.frames["video:webrtc"][5].is_key) == (0, True)


def test_a_broken_frame_costs_no_more_than_itself() -> None:
    source = PictureSource(gop=10)
    made = converting(source, FULL)
    made.feed(source.next())
    made.feed(Frame(93_000, 93_000, False, b"\x00\x00\x00\x04\x41\xff\xff\xff"))
    for _ in range(20):
        made.feed(source.next())
    assert len(made.frames["video:webrtc"]) >= 20
