"""The spool: what the journal vouches for is on disk, whatever was cut off where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.recording.disk import JOURNAL, SpoolFolder
from media_server.recording.entries import JournalDamaged
from media_server.recording.spool import MAX_WAITING_BYTES
from tests.media_server.recording.rig import HeldBackground, Outside, archive_in, initialize, open_segment, segment


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    archive = archive_in(tmp_path / "spool", Outside())
    initialize(archive)
    written = segment(archive, 7)
    (record,) = archive.window("video")
    assert (record.number, record.is_complete) == (7, True)
    assert record.duration_s == pytest.approx(2.0)
    assert archive.spool.disk.read(record.name, record.size) == written


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0.0, 1.0), parts=st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_a_journal_cut_anywhere_gives_every_part_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, cut: float, parts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    archive = archive_in(folder, Outside())
    initialize(archive)
    written = {number: segment(archive, number, parts=count) for number, count in enumerate(parts)}
    journal = (folder / JOURNAL).read_bytes()
    kept = journal[: round(cut * len(journal))]
    (folder / JOURNAL).write_bytes(kept)

    disk = SpoolFolder(folder)
    index = disk.recover()

    appended = [line for line in kept.split(b"\n")[:-1] if b'"appended"' in line]
    assert sum(round(record.duration_s * 1e6) for record in index.segments.values()) == pytest.approx(
        sum(2e6 / parts[int(line.split(b'"number":')[1].split(b",")[0])] for line in appended), abs=10
    )
    for record in index.segments.values():
        if record.size:
            assert record.is_complete
            assert written[record.number].startswith(disk.read(record.name, record.size))


def test_a_recovered_journal_can_be_written_on(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    first = archive_in(folder, Outside())
    initialize(first)
    segment(first, 1)
    with (folder / JOURNAL).open("ab") as journal:
        journal.write(b'{"entry":"appen')
    disk = SpoolFolder(folder)
    second = archive_in(folder, Outside(), index=disk.recover())
    segment(second, 2)
    assert [record.number for record in SpoolFolder(folder).recover().complete_of("video")] == [1, 2]


def test_a_damaged_line_in_the_middle_is_said_and_not_guessed_over(tmp_path: Path) -> None:
    archive = archive_in(tmp_path, Outside())
    initialize(archive)
    segment(archive, 1)
    lines = (tmp_path / JOURNAL).read_bytes().splitlines(keepends=True)
    lines[1] = b'{"entry":"opened","rendition":"../../etc"}\n'
    (tmp_path / JOURNAL).write_bytes(b"".join(lines))
    with pytest.raises(JournalDamaged):
        SpoolFolder(tmp_path).recover()


def test_a_disk_without_room_loses_whole_segments_and_the_next_says_so(tmp_path: Path) -> None:
    archive = archive_in(tmp_path, Outside())
    initialize(archive)
    segment(archive, 1)
    (tmp_path / "video-2.m4s").symlink_to("/dev/full")
    segment(archive, 2)
    assert archive.spool.problem == "No space left on device"
    segment(archive, 3)
    records = archive.window("video")
    assert [(record.number, record.discontinuity) for record in records] == [(1, False), (3, True)]
    assert archive.spool.problem is None
    assert archive.spool.lost_segments == 1
    recovered = SpoolFolder(tmp_path).recover().complete_of("video")
    assert [record.number for record in recovered] == [1, 3]


def test_a_slow_disk_bounds_what_waits(tmp_path: Path) -> None:
    background = HeldBackground()
    archive = archive_in(tmp_path, Outside(), background=background)
    initialize(archive)
    segment(archive, 1)
    background.is_holding = True
    big = bytes(MAX_WAITING_BYTES // 4)
    open_segment(archive, 2)
    for _ in range(10):
        archive.spool.append("video", 2, big, duration_s=1.0)
    archive.spool.complete("video", 2)
    background.release()
    segment(archive, 3)
    records = archive.window("video")
    assert [(record.number, record.discontinuity) for record in records] == [(1, False), (2, False), (3, True)]
    assert records[1].size <= MAX_WAITING_BYTES
