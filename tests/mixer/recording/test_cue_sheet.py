"""A cue sheet that players read, whatever is in a title."""

from __future__ import annotations

from mixer.recording.cue_sheet import MAX_TRACKS, CueEntry, cue_sheet


def test_a_sheet_names_tracks_in_order_with_their_start() -> None:
    sheet = cue_sheet(
        "show.flac",
        title="Friday",
        performer="DJ One",
        entries=[CueEntry("Second", "B", 61.6), CueEntry("First", "A", 3.0)],
    )
    assert sheet == (
        'PERFORMER "DJ One"\nTITLE "Friday"\nFILE "show.flac" WAVE\n'
        '  TRACK 01 AUDIO\n    TITLE "First"\n    PERFORMER "A"\n    INDEX 01 00:00:00\n'
        '  TRACK 02 AUDIO\n    TITLE "Second"\n    PERFORMER "B"\n    INDEX 01 01:01:45\n'
    )


def test_a_title_cannot_add_lines_of_its_own() -> None:
    sheet = cue_sheet("a.flac", title='x"\nFILE "/etc/passwd" WAVE', performer="", entries=[])
    assert len(sheet.splitlines()) == 3


def test_hours_are_counted_in_minutes_and_a_hundredth_track_is_part_of_the_last() -> None:
    entries = [CueEntry(str(number), "", 120.0 * number) for number in range(120)]
    sheet = cue_sheet("a.flac", title="", performer="", entries=entries)
    assert sheet.count("TRACK") == MAX_TRACKS
    assert sheet.endswith("INDEX 01 196:00:00\n")
