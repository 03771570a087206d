"""From HLS to the spool: whole segments of what is wanted, each after its initialization."""

from __future__ import annotations

from pathlib import Path

from media_server.egress.hls.events import Part
from media_server.hub.frames import Track, TrackFormat
from media_server.recording.archive import Archive
from media_server.recording.recorder import RecordingWish
from tests.media_server.recording.rig import Outside, archive_in

AVCC = bytes.fromhex("0142c01effe1000d6742c01ed901405ff2e0220000030001000468cb83cb")
VIDEO = Track("video", "video", TrackFormat("h264", AVCC, 640, 360))
SOUND = Track("audio", "audio", TrackFormat("aac", bytes.fromhex("1190"), sample_rate=48_000, channels=2))


def begin(archive: Archive, number: int, *, init: int = 1) -> None:
    archive.intake.segment_began(
        "video", number, initialization=init, media_s=2.0 * number, date_time=100.0 + number, discontinuity=False
    )


def grow(archive: Archive, number: int, *, parts: int = 2) -> None:
    for part in range(parts):
        archive.intake.part("video", number, Part(1.0, part == 0, b"%d.%d" % (number, part)))
    archive.intake.segment_ended("video", number)


def test_nothing_is_written_until_somebody_wants_it_and_then_from_a_segments_start(tmp_path: Path) -> None:
    archive = archive_in(tmp_path / "spool", Outside())
    archive.intake.initialization("video", 1, VIDEO, b"init-1")
    begin(archive, 1)
    grow(archive, 1)
    begin(archive, 2)
    assert not (tmp_path / "spool").exists()
    archive.want(recording=None, rewind_s=60.0)
    grow(archive, 2)
    begin(archive, 3)
    grow(archive, 3)
    (record,) = archive.window("video")
    assert (record.number, record.init, record.media_s, record.date_time) == (3, 1, 6.0, 103.0)
    assert archive.spool.disk.read(record.name, record.size) == b"3.03.1"
    made_of = archive.spool.index.initializations["video", 1]
    assert (made_of.codec, made_of.width, made_of.height, made_of.origin) == ("avc1.42c01e", 640, 360, "source")


def test_a_new_initialization_is_written_before_the_segment_that_names_it(tmp_path: Path) -> None:
    archive = archive_in(tmp_path, Outside())
    archive.want(recording=None, rewind_s=60.0)
    archive.intake.initialization("video", 1, VIDEO, b"init-1")
    begin(archive, 1)
    grow(archive, 1)
    archive.intake.initialization("video", 2, VIDEO, b"init-2")
    begin(archive, 2, init=2)
    grow(archive, 2)
    assert archive.spool.disk.init_path("video", 1).read_bytes() == b"init-1"
    assert archive.spool.disk.init_path("video", 2).read_bytes() == b"init-2"
    assert [record.init for record in archive.window("video")] == [1, 2]


def test_of_the_sound_only_what_every_player_has_is_recorded(tmp_path: Path) -> None:
    archive = archive_in(tmp_path, Outside())
    archive.want(recording=RecordingWish("rec", "replays/u/s/rec", room_bytes=1 << 20), rewind_s=60.0)
    opus = Track("audio:opus", "audio", TrackFormat("opus", b"", sample_rate=48_000, channels=2), origin="derived")
    for name, track in (("audio", SOUND), ("audioopus", opus)):
        archive.intake.initialization(name, 1, track, b"init")
        archive.intake.segment_began(name, 1, initialization=1, media_s=0.0, date_time=100.0, discontinuity=False)
        archive.intake.part(name, 1, Part(1.0, True, b"sound"))
        archive.intake.segment_ended(name, 1)
    assert list(archive.spool.index.recordings["rec"].waiting) == [("audio", 1)]
    assert len(archive.window("audioopus")) == 1


def test_after_the_end_nothing_is_written(tmp_path: Path) -> None:
    archive = archive_in(tmp_path, Outside())
    archive.want(recording=None, rewind_s=60.0)
    archive.intake.initialization("video", 1, VIDEO, b"init-1")
    archive.end()
    begin(archive, 1)
    grow(archive, 1)
    assert archive.window("video") == []
