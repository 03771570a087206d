"""Which of a stream's tracks viewers over WebRTC are sent, and which have to be made for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from media_server.codecs.av1 import parse_av1c
from media_server.codecs.errors import CodecError
from media_server.codecs.h264 import parse_avcc, parse_sequence_parameters
from media_server.codecs.hevc import parse_hvcc
from media_server.codecs.hevc import parse_sequence_parameters as parse_hevc_parameters
from media_server.codecs.vp9 import parse_vpcc
from media_server.hub.frames import Kind, Track, TrackFormat

VIDEO_FOR_WEBRTC: Final = "video:webrtc"
"""H.264 without B-frames, made while viewers want it, of a source that has H.264 of another kind."""
VIDEO_FOR_ALL: Final = "video:h264"
"""The same, made all the time, of a source that has no H.264."""
AUDIO_FOR_WEBRTC: Final = "audio:opus"
MAX_HEIGHT: Final = 1080

MAX_SMALLER: Final = 3
"""Pictures beside the one that is sent to who can take all of it."""

_PLAIN_PROFILES: Final = (66, 77, 100)
"""Baseline, Main, High."""
_MADE_PROFILE: Final = "64001f"


@dataclass(frozen=True, slots=True)
class Way:
    """A track to send, by the name and format parameters that WebRTC knows its codec by (RFC 6184 §8.1, 7798, 9628, …).

    `made_of` names the source track of one that is made when it is wanted, and is None for a source.
    """

    track_id: str
    codec: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    made_of: str | None = None


def ways(tracks: Sequence[Track], kind: Kind) -> tuple[Way, ...]:
    """How a viewer can be sent `kind`, the preferred way first; none when the source has nothing of it."""
    sources = [track for track in tracks if track.kind == kind and track.origin == "source"]
    return _audio(sources) if kind == "audio" else _video(sources)


def best(tracks: Sequence[Track]) -> Track:
    """The largest that is no larger than MAX_HEIGHT, else the smallest; of equal ones that with the most bits."""

    def rank(track: Track) -> tuple[bool, int, int]:
        height = _lines(track)
        fits = height <= MAX_HEIGHT
        return fits, height if fits else -height, track.bitrate_bps or 0

    return max(tracks, key=rank)


def smaller(tracks: Sequence[Track], way: Way) -> tuple[Track, ...]:
    """What a viewer of `way` may be sent in its place, the largest first: pictures of fewer lines in the same codec."""
    if way.codec != "H264":
        return ()
    whole = next((track for track in tracks if track.track_id == (way.made_of or way.track_id)), None)
    most = MAX_HEIGHT if whole is None else min(_lines(whole), MAX_HEIGHT)
    by_lines = {
        _lines(track): track
        for track in tracks
        if track.kind == "video"
        and track.track_id not in (way.track_id, VIDEO_FOR_WEBRTC, VIDEO_FOR_ALL)
        and _lines(track) < most
        and _is_plain_h264(track.format)
    }
    return tuple(by_lines[lines] for lines in sorted(by_lines, reverse=True)[:MAX_SMALLER])


def _lines(track: Track) -> int:
    """Those of the shorter side."""
    return min(track.format.width, track.format.height)


def _audio(sources: Sequence[Track]) -> tuple[Way, ...]:
    if not sources:
        return ()
    # Several are languages, or a microphone alone: the first is what everybody hears.
    first = sources[0]
    if first.format.codec == "opus":
        return (Way(first.track_id, "opus"),)
    return (Way(AUDIO_FOR_WEBRTC, "opus", made_of=first.track_id),)


def _video(sources: Sequence[Track]) -> tuple[Way, ...]:
    if not sources:
        return ()
    plain = [track for track in sources if _is_plain_h264(track.format)]
    if plain:
        chosen = best(plain)
        return (Way(chosen.track_id, "H264", _h264(chosen.format.config[1:4].hex())),)
    chosen = best(sources)
    has_h264 = any(track.format.codec == "h264" for track in sources)
    made_id = VIDEO_FOR_WEBRTC if has_h264 else VIDEO_FOR_ALL
    made = Way(made_id, "H264", _h264(_MADE_PROFILE), made_of=chosen.track_id)
    as_it_is = _as_it_is(chosen)
    return (made,) if as_it_is is None else (as_it_is, made)


def _is_plain_h264(track_format: TrackFormat) -> bool:
    """What every browser decodes: 8 bits, 4:2:0, and pictures sent in the order in which they are shown."""
    if track_format.codec != "h264" or track_format.reorders:
        return False
    try:
        parameters = parse_sequence_parameters(parse_avcc(track_format.config).sps[0])
    except CodecError:
        return False
    is_common = parameters.chroma_format == 1 and parameters.bit_depth_luma == parameters.bit_depth_chroma == 8
    return is_common and parameters.profile in _PLAIN_PROFILES


def _as_it_is(track: Track) -> Way | None:
    """For browsers that take the codec; all of them do not, whichever it is."""
    codec, config = track.format.codec, track.format.config
    if track.format.reorders:
        return None
    try:
        match codec:
            case "vp8":
                return Way(track.track_id, "VP8")
            case "vp9":
                profile = parse_vpcc(config).profile if config else 0
                return Way(track.track_id, "VP9", {"profile-id": str(profile)})
            case "av1":
                return Way(track.track_id, "AV1", {"profile": str(parse_av1c(config).profile)})
            case "hevc":
                general = parse_hevc_parameters(parse_hvcc(config).sps[0]).profile_tier_level
                return Way(track.track_id, "H265", {"profile-id": str(general[0] & 0x1F)})
            case _:
                return None
    except CodecError:
        return None


def _h264(profile_level_id: str) -> dict[str, str]:
    return {"level-asymmetry-allowed": "1", "packetization-mode": "1", "profile-level-id": profile_level_id}
