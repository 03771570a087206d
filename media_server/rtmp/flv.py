"""FLV tag bodies (Adobe FLV 10.1, annex E.4.2 and E.4.3), the payload of audio and video messages."""

from __future__ import annotations

from typing import Final

from media_server.hub.frames import AudioCodec, VideoCodec
from media_server.rtmp.enhanced import parse_enhanced_audio, parse_enhanced_video
from media_server.rtmp.errors import RtmpError
from media_server.rtmp.tags import MediaTag, Part, UnsupportedCodec, signed_24

KEY_FRAME: Final = 1
_COMMAND_FRAME: Final = 5
_AAC: Final = 10
_ENHANCED_AUDIO: Final = 9
# 12 is what encoders sent HEVC as before Enhanced RTMP; it is laid out as H.264 is.
_VIDEO_CODECS: Final[dict[int, VideoCodec]] = {7: "h264", 12: "hevc"}
_AUDIO_CODECS: Final[dict[int, AudioCodec]] = {2: "mp3", 14: "mp3"}
_PARTS: Final[dict[int, Part]] = {0: "config", 1: "frame", 2: "end"}


def parse_video(payload: bytes) -> list[MediaTag]:
    """The parts in the payload of a video message, none for what carries no picture. Raises RtmpError."""
    if not payload:
        return []
    if payload[0] & 0x80:
        return parse_enhanced_video(payload)
    frame_type, number = payload[0] >> 4, payload[0] & 0x0F
    if frame_type == _COMMAND_FRAME:
        return []
    codec = _VIDEO_CODECS.get(number)
    if codec is None:
        raise UnsupportedCodec(f"video codec {number} of FLV is not carried here: set the encoder to H.264")
    if len(payload) < 5:
        raise RtmpError("a video message is cut off")
    part = _PARTS.get(payload[1])
    if part is None:
        return []
    shown_later_ms = signed_24(payload[2:5])
    return [MediaTag("video", codec, part, payload[5:], 0, frame_type == KEY_FRAME, shown_later_ms)]


def parse_audio(payload: bytes) -> list[MediaTag]:
    """The parts in the payload of an audio message, none for what carries no sound. Raises RtmpError."""
    if len(payload) < 2:
        return []
    number = payload[0] >> 4
    if number == _ENHANCED_AUDIO:
        return parse_enhanced_audio(payload)
    if number == _AAC:
        # Some encoders announce sound by an empty header before there is any.
        return [MediaTag("audio", "aac", "frame" if payload[1] else "config", payload[2:])] if len(payload) > 2 else []
    codec = _AUDIO_CODECS.get(number)
    if codec is None:
        raise UnsupportedCodec(f"audio codec {number} of FLV is not carried here: set the encoder to AAC")
    return [MediaTag("audio", codec, "frame", payload[1:])]
