"""Playlists of what was kept of a live stream: plain HLS without parts, on the clock of the live playlists."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from media_server.egress.hls.names import MediaNames
from media_server.egress.hls.rendering import TOKEN_PLACE, VERSION, date_time_text
from media_server.recording.archive import Archive
from media_server.recording.entries import Initialized
from media_server.recording.index import SegmentRecord

PREFIX: Final = "rewind"


def multivariant_playlist(archive: Archive) -> str | None:
    """Every rendition that there is something of; None while there is nothing."""
    renditions = archive.renditions()
    pictures = [each for each in renditions if each.kind == "video"]
    sounds = [each for each in renditions if each.kind == "audio"]
    if not renditions:
        return None
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}"]
    if not pictures:
        return "\n".join([*lines, *(line for each in sounds for line in _variant(archive, each, None))]) + "\n"
    for index, sound in enumerate(sounds):
        default = "YES" if index == 0 else "NO"
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{sound.rendition}",NAME="Programme",DEFAULT={default},AUTOSELECT=YES,'
            f'URI="{_playlist_name(sound)}"'
        )
    groups: list[Initialized | None] = [*sounds] or [None]
    for group in groups:
        for picture in pictures:
            lines += _variant(archive, picture, group)
    return "\n".join(lines) + "\n"


def media_playlist(archive: Archive, rendition: str, names: MediaNames, *, is_over: bool) -> str | None:
    """One rendition from the oldest segment that is kept; None when there is none. Lost segments are gaps."""
    window = archive.window(rendition)
    if not window:
        return None
    target_s = max(math.floor(record.duration_s + 0.5) for record in window)
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max(1, target_s)}",
        f"#EXT-X-MEDIA-SEQUENCE:{window[0].number}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{window[0].discontinuity_sequence}",
    ]
    before: SegmentRecord | None = None
    for record in window:
        lines += _segment(record, before, names, max(1, target_s))
        before = record
    if is_over:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _segment(record: SegmentRecord, before: SegmentRecord | None, names: MediaNames, target_s: int) -> list[str]:
    lines: list[str] = []
    if before is not None:
        for lost in range(before.number + 1, record.number):
            lines += ["#EXT-X-GAP", f"#EXTINF:{target_s},", f"{PREFIX}/{names.segment(record.rendition, lost)}"]
        if record.discontinuity:
            lines.append("#EXT-X-DISCONTINUITY")
    if before is None or before.init != record.init:
        lines.append(f'#EXT-X-MAP:URI="{PREFIX}/{names.initialization(record.rendition, record.init)}"')
    lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{date_time_text(record.date_time)}")
    return [*lines, f"#EXTINF:{record.duration_s:.5f},", f"{PREFIX}/{names.segment(record.rendition, record.number)}"]


def _variant(archive: Archive, rendition: Initialized, sound: Initialized | None) -> Sequence[str]:
    together = [rendition] if sound is None else [rendition, sound]
    rates = [_bit_rates(archive.window(each.rendition)) for each in together]
    attributes = [
        f"BANDWIDTH={sum(peak for peak, _ in rates)}",
        f"AVERAGE-BANDWIDTH={sum(average for _, average in rates)}",
        f'CODECS="{",".join(each.codec for each in together)}"',
    ]
    if rendition.width:
        attributes.append(f"RESOLUTION={rendition.width}x{rendition.height}")
    if sound is not None:
        attributes.append(f'AUDIO="{sound.rendition}"')
    return f"#EXT-X-STREAM-INF:{','.join(attributes)}", _playlist_name(rendition)


def _bit_rates(window: Sequence[SegmentRecord]) -> tuple[int, int]:
    """Peak and average bit rate in bit/s."""
    timed = [record for record in window if record.duration_s > 0]
    if not timed:
        return 1, 1
    total_s = sum(record.duration_s for record in timed)
    peak = max(8 * record.size / record.duration_s for record in timed)
    return max(1, round(peak)), max(1, round(8 * sum(record.size for record in timed) / total_s))


def _playlist_name(rendition: Initialized) -> str:
    return f"{PREFIX}-{rendition.rendition}.m3u8{TOKEN_PLACE}"
