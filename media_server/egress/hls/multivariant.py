"""The multivariant playlist of a set of renditions (RFC 8216bis §4.4.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media_server.codecs.names import codec_string
from media_server.egress.hls.audio_rendition import AudioRendition
from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.rendering import TOKEN_PLACE, VERSION
from media_server.egress.hls.rendition_set import Rendition, RenditionSet
from media_server.egress.hls.video_rendition import VideoRendition

_MIN_MEASURED_S: Final = 0.5
"""Shorter segments say nothing about a bit rate: a key frame is most of them."""
_LANGUAGE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


def multivariant_playlist(renditions: RenditionSet) -> str:
    """Those that have a segment to begin with. Every picture is offered with each codec of sound there is."""
    pictures = [each for each in renditions.pictures if each.playlist.has_segment]
    sounds = [each for each in renditions.sounds if each.playlist.has_segment]
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}"]
    if all(each.playlist.is_independent for each in pictures):
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
    groups: dict[str, list[AudioRendition]] = {}
    for sound in sounds:
        groups.setdefault("opus" if sound.track.format.codec == "opus" else "audio", []).append(sound)
    if not pictures:
        for sound in sounds:
            lines += _variant(sound, [sound], _codec(sound), "")
        return "\n".join(lines) + "\n"
    for group, members in groups.items():
        lines += [_media(group, sound, is_first=sound is members[0]) for sound in members]
    for group, members in groups.items():
        for picture in pictures:
            codecs = f"{_codec(picture)},{_codec(members[0])}"
            lines += _variant(picture, [picture, _widest(members)], codecs, f',AUDIO="{group}"')
    if not groups:
        for picture in pictures:
            lines += _variant(picture, [picture], _codec(picture), "")
    return "\n".join(lines) + "\n"


def bit_rates(playlist: MediaPlaylist) -> tuple[int, int]:
    """Peak and average bit rate of the listed segments in bit/s."""
    segments = playlist.listed()
    measured = [segment for segment in segments if segment.duration_s >= _MIN_MEASURED_S] or segments
    rates = [8 * segment.size / segment.duration_s for segment in measured]
    total_s = sum(segment.duration_s for segment in measured)
    return round(max(rates)), round(8 * sum(segment.size for segment in measured) / total_s)


def _variant(rendition: Rendition, together: Sequence[Rendition], codecs: str, more: str) -> list[str]:
    rates = [bit_rates(each.playlist) for each in together]
    attributes = [
        f"BANDWIDTH={sum(peak for peak, _ in rates)}",
        f"AVERAGE-BANDWIDTH={sum(average for _, average in rates)}",
        f'CODECS="{codecs}"',
    ]
    if isinstance(rendition, VideoRendition):
        size = rendition.track.format
        attributes.append(f"RESOLUTION={size.width}x{size.height}")
        if rendition.frame_rate is not None:
            attributes.append(f"FRAME-RATE={rendition.frame_rate:.3f}")
    uri = f"{rendition.playlist.name}.m3u8{TOKEN_PLACE}"
    return [f"#EXT-X-STREAM-INF:{','.join(attributes)}{more}", uri]


def _media(group: str, sound: AudioRendition, *, is_first: bool) -> str:
    name, language = _name(sound), sound.track.label if _is_language(sound.track.label) else None
    attributes = [
        "TYPE=AUDIO",
        f'GROUP-ID="{group}"',
        f'NAME="{name}"',
        *([f'LANGUAGE="{language}"'] if language is not None else []),
        f"DEFAULT={'YES' if is_first else 'NO'}",
        "AUTOSELECT=YES",
        f'CHANNELS="{sound.track.format.channels}"',
        f'URI="{sound.playlist.name}.m3u8{TOKEN_PLACE}"',
    ]
    return "#EXT-X-MEDIA:" + ",".join(attributes)


def _name(sound: AudioRendition) -> str:
    """For people, unique in its group: what the source calls the track, without what a quoted string cannot hold."""
    label = "".join(letter for letter in sound.track.label if letter.isprintable() and letter != '"')[:64].strip()
    _, _, variant = sound.track.track_id.partition(":")
    is_main = variant in ("", "aac")
    if not label:
        return "Programme" if is_main else f"Programme {variant}"
    return label if is_main else f"{label} ({variant})"


def _is_language(label: str) -> bool:
    """Whether a label is a language tag (RFC 5646) of two or three letters, perhaps with a region."""
    return 2 <= len(label.partition("-")[0]) <= 3 and len(label) <= 16 and _LANGUAGE.issuperset(label)


def _widest(sounds: Sequence[AudioRendition]) -> AudioRendition:
    return max(sounds, key=lambda sound: bit_rates(sound.playlist)[0])


def _codec(rendition: Rendition) -> str:
    return codec_string(rendition.track.format.codec, rendition.track.format.config)
