"""Media playlists as text (RFC 8216bis).

URIs of playlists end in TOKEN_PLACE, where a `?token=` may go before they are served; media has names of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from media_server.egress.hls.listing import Listing, P, Segment
from media_server.egress.hls.names import MediaNames

TOKEN_PLACE: Final = "\0"  # noqa: S105 - a place for one, not one
"""No control character is allowed in a playlist, so this one cannot be anything else."""
VERSION: Final = 9
_SKIP_TARGET_DURATIONS: Final = 6


def media_playlist(
    playlist: Listing[P], others: Iterable[Listing[P]] = (), *, names: MediaNames, skip: bool = False
) -> str:
    """The media playlist. `others` are the renditions beside it; `skip` asks for a delta update (§6.2.5.1)."""
    listed = playlist.listed()
    growing = playlist.open_segment
    shown = [*listed, growing] if growing else listed
    with_parts = listed[-playlist.settings.part_segments :] + ([growing] if growing else [])
    part_target = _part_target(playlist, with_parts)
    skip_until = _SKIP_TARGET_DURATIONS * playlist.target_duration_s
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{playlist.target_duration_s}",
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,"
        f"CAN-SKIP-UNTIL={skip_until:.1f},PART-HOLD-BACK={playlist.settings.hold_back_parts * part_target:.3f}",
        f"#EXT-X-PART-INF:PART-TARGET={part_target:.3f}",
        f"#EXT-X-MEDIA-SEQUENCE:{shown[0].number if shown else playlist.next_part[0]}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{shown[0].discontinuity_sequence if shown else 0}",
    ]
    skipped = _skippable(listed, growing, skip_until) if skip and not playlist.ended else 0
    if skipped:
        lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}")
    initialization = shown[skipped - 1].initialization if skipped else None
    discontinuity = shown[max(skipped - 1, 0)].discontinuity_sequence if shown else 0
    for index, segment in enumerate(shown[skipped:], start=skipped):
        lines += ["#EXT-X-DISCONTINUITY"] * (segment.discontinuity_sequence - discontinuity)
        discontinuity = segment.discontinuity_sequence
        if segment.initialization != initialization:
            initialization = segment.initialization
            lines.append(f'#EXT-X-MAP:URI="{names.initialization(playlist.name, initialization)}"')
        lines.append("#EXT-X-PROGRAM-DATE-TIME:" + date_time_text(segment.program_date_time))
        if segment in with_parts:
            lines += _parts(playlist.name, segment, names)
        if index < len(listed):
            lines += (f"#EXTINF:{segment.duration_s:.5f},", names.segment(playlist.name, segment.number))
    if playlist.ended:
        lines.append("#EXT-X-ENDLIST")
    else:
        number, part = playlist.next_part
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{names.part(playlist.name, number, part)}"')
        lines += _reports(others)
    return "\n".join(lines) + "\n"


def _part_target(playlist: Listing[P], with_parts: Sequence[Segment[P]]) -> float:
    """The announced target, or the longest part listed: a camera that stalls makes one that no target foresaw."""
    longest = max((part.duration_s for segment in with_parts for part in segment.parts), default=0.0)
    return max(playlist.settings.part_target_s, math.ceil(longest * 1000 - 1e-6) / 1000)


def _parts(name: str, segment: Segment[P], names: MediaNames) -> Iterable[str]:
    for index, part in enumerate(segment.parts):
        independent = ",INDEPENDENT=YES" if part.is_independent else ""
        uri = names.part(name, segment.number, index)
        yield f'#EXT-X-PART:DURATION={part.duration_s:.5f},URI="{uri}"{independent}'


def _reports(others: Iterable[Listing[P]]) -> Iterable[str]:
    for other in others:
        if (last := other.last_part) is not None:
            uri = f"{other.name}.m3u8{TOKEN_PLACE}"
            yield f'#EXT-X-RENDITION-REPORT:URI="{uri}",LAST-MSN={last[0]},LAST-PART={last[1]}'


def _skippable(listed: Sequence[Segment[P]], growing: Segment[P] | None, skip_until_s: float) -> int:
    """How many of the oldest segments lie wholly before the skip boundary (§4.4.3.8)."""
    from_end = growing.duration_s if growing else 0.0
    for index in range(len(listed) - 1, -1, -1):
        if from_end >= skip_until_s:
            return index + 1
        from_end += listed[index].duration_s
    return 0


def date_time_text(unix_s: float) -> str:
    """As EXT-X-PROGRAM-DATE-TIME has it, to the millisecond."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
