"""Which tracks of a stream are offered as renditions, and under which names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media_server.codecs.errors import CodecError
from media_server.codecs.names import codec_string
from media_server.egress.hls.initialization import initialization_segment
from media_server.hub.frames import Track

_VIDEO: Final = ("h264", "hevc", "av1", "vp9")
_AUDIO: Final = ("aac", "mp3")
_FOR_WEBRTC: Final = frozenset({"video:webrtc", "audio:opus"})
"""Made for viewers over WebRTC alone, of what is offered as it is."""


def offered(tracks: Sequence[Track], *, with_opus: bool) -> list[Track]:
    """Pictures first, each kind with what every player takes first: H.264, AAC.

    Left out is what MP4 or players of HLS do not know (VP8), and whose configuration cannot be read. Opus is beside
    AAC where `with_opus`, and alone where there is nothing else.
    """
    fit = [track for track in tracks if track.track_id not in _FOR_WEBRTC and _is_readable(track)]
    videos = sorted(
        (track for track in fit if track.format.codec in _VIDEO), key=lambda track: _VIDEO.index(track.format.codec)
    )
    sounds = sorted(
        (track for track in fit if track.format.codec in _AUDIO), key=lambda track: _AUDIO.index(track.format.codec)
    )
    opus = [track for track in fit if track.format.codec == "opus"]
    return [*videos, *sounds, *(opus if with_opus or not sounds else ())]


def rendition_name(track: Track, generation: int) -> str:
    """`video`, `audio` and what is beside them: `videox720`, `audioxopus`; `video2`, `video2x720` in a second set."""
    kind, _, variant = track.track_id.partition(":")
    if track.kind == "audio":
        # What everybody is played is called the same, whatever it is made of.
        variant = "" if variant == "aac" else variant
        if track.format.codec == "opus":
            variant = f"{variant}opus"
    letters = "".join(letter for letter in variant.lower() if letter.isascii() and letter.isalnum())
    return kind + (str(generation) if generation > 1 else "") + (f"x{letters}" if letters else "")


def _is_readable(track: Track) -> bool:
    if track.format.codec not in (*_VIDEO, *_AUDIO, "opus"):
        return False
    try:
        codec_string(track.format.codec, track.format.config)
        initialization_segment(track.format)
    except CodecError:
        return False
    return True
