"""The playlists of a replay (RFC 8216bis), from what is known of its segments."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from control_api.replays.models import Init, Rendition, Segment

VERSION = 7
EVENT_TARGET_S = 10
"""Of a replay that grows: a target duration must never change (§4.4.3.1), and encoders send key frames as they like."""
DRIFT = timedelta(milliseconds=50)
"""As much as a date may be off what the durations say before it is told again."""


def multivariant(renditions: Sequence[Rendition]) -> str:
    """Every video with every audio; where there is no video, the audio alone."""
    videos = [rendition for rendition in renditions if rendition.kind == "video"]
    audios = sorted((rendition for rendition in renditions if rendition.kind == "audio"), key=_aac_first)
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if not videos:
        for audio in audios:
            lines += _variant([audio], audio.name)
        return _text(lines)
    lines += [
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{audio.name}",NAME="Programme",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",'
        f'URI="{audio.name}.m3u8"'
        for audio in audios
    ]
    for video in videos:
        for audio in audios:
            lines += _variant([video, audio], video.name, audio_group=audio.name)
        if not audios:
            lines += _variant([video], video.name)
    return _text(lines)


def media(segments: Sequence[Segment], inits: Iterable[Init], *, is_complete: bool) -> str:
    """The playlist of one rendition: EVENT while it grows, then VOD."""
    # To the nearest whole number (§4.4.3.1), and half of one upwards, as Python's own rounding does not.
    longest = max((math.floor(segment.duration_s + 0.5) for segment in segments), default=1)
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max(longest, 1 if is_complete else EVENT_TARGET_S)}",
        # Segments are numbered by when they began, with gaps; here they are counted.
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if is_complete else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    init_names = {init.number: init.object_name for init in inits}
    current: int | None = None
    expected: datetime | None = None
    for segment in segments:
        # What changes within one clock, such as the size of the picture, needs a new map and no discontinuity, which
        # other renditions would have to have too (§4.4.4.3).
        if segment.discontinuity and expected is not None:
            lines.append("#EXT-X-DISCONTINUITY")
            expected = None
        if segment.init != current:
            lines.append(f'#EXT-X-MAP:URI="media/{init_names[segment.init]}"')
            current = segment.init
        if expected is None or abs(segment.date_time - expected) > DRIFT:
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.date_time)}")
            expected = segment.date_time
        lines += (f"#EXTINF:{segment.duration_s:.5f},", f"media/{segment.object_name}")
        expected += timedelta(seconds=segment.duration_s)
    if is_complete:
        lines.append("#EXT-X-ENDLIST")
    return _text(lines)


def _variant(parts: Sequence[Rendition], uri_name: str, *, audio_group: str | None = None) -> list[str]:
    codecs = dict.fromkeys(init.codec for part in parts for init in part.inits)
    attributes = [
        f"BANDWIDTH={math.ceil(sum(part.peak_bps for part in parts))}",
        f"AVERAGE-BANDWIDTH={math.ceil(sum(part.bytes * 8 / part.duration_s for part in parts))}",
        f'CODECS="{",".join(codecs)}"',
    ]
    if parts[0].width and parts[0].height:
        attributes.append(f"RESOLUTION={parts[0].width}x{parts[0].height}")
    if audio_group is not None:
        attributes.append(f'AUDIO="{audio_group}"')
    return [f"#EXT-X-STREAM-INF:{','.join(attributes)}", f"{uri_name}.m3u8"]


def _aac_first(rendition: Rendition) -> tuple[bool, str]:
    """Players begin with the first variant that they know, and all of them know AAC."""
    return not any(init.codec.startswith("mp4a") for init in rendition.inits), rendition.name


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
