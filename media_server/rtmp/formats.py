"""What a decoder has to be told of a track, from the records and key frames that encoders send."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from media_server.codecs import aac, av1, h264, hevc, mp3, opus, vp8, vp9
from media_server.codecs.errors import CodecError
from media_server.hub.frames import Codec, TrackFormat

DEFAULT_OPUS: Final = opus.build_opus_head(opus.OpusHead(channels=2, pre_skip=312, input_rate=48_000))
"""For encoders that send Opus without its header."""


def format_of_config(codec: Codec, config: bytes) -> TrackFormat | None:
    """The format that a record of AV1, AAC or Opus tells; None when only a key frame does. Raises CodecError."""
    if codec == "av1":
        return _av1_format(config)
    if codec == "aac":
        sound = aac.parse_audio_specific_config(config)
        return TrackFormat("aac", config, sample_rate=sound.sample_rate, channels=sound.channels)
    if codec == "opus":
        head = opus.parse_opus_head(config)
        return TrackFormat("opus", config, sample_rate=opus.SAMPLE_RATE, channels=head.channels)
    return None


def h264_format(sps: tuple[bytes, ...], pps: tuple[bytes, ...]) -> TrackFormat:
    """With lengths of four bytes, whatever those of the encoder are. Raises CodecError."""
    parameters = h264.parse_sequence_parameters(sps[0])
    return TrackFormat(
        "h264",
        h264.build_avcc(sps, pps),
        parameters.width,
        parameters.height,
        reorders=bool(parameters.reorder_frames),
    )


def hevc_format(vps: tuple[bytes, ...], sps: tuple[bytes, ...], pps: tuple[bytes, ...]) -> TrackFormat:
    """The same. Raises CodecError."""
    parameters = hevc.parse_sequence_parameters(sps[0])
    return TrackFormat(
        "hevc",
        hevc.build_hvcc(vps, sps, pps),
        parameters.width,
        parameters.height,
        reorders=parameters.reorder_frames > 0,
    )


def format_of_key_frame(codec: Codec, data: bytes) -> TrackFormat | None:
    """The format that a key frame of AV1, VP9 or VP8, or a packet of sound, tells. Raises CodecError."""
    if codec == "av1":
        header = next((obu.payload for obu in av1.split_obus(data) if obu.kind == av1.OBU_SEQUENCE_HEADER), None)
        return None if header is None else _av1_format(av1.build_av1c(header))
    if codec == "vp9":
        picture = vp9.parse_key_frame(data)
        return TrackFormat("vp9", vp9.build_vpcc(data), picture.width, picture.height)
    if codec == "vp8":
        width, height = vp8.key_frame_size(data)
        return TrackFormat("vp8", b"", width, height)
    if codec == "mp3":
        sound = mp3.parse_mp3_header(data)
        return TrackFormat("mp3", b"", sample_rate=sound.sample_rate, channels=sound.channels)
    if codec == "opus":
        return format_of_config("opus", DEFAULT_OPUS)
    return None


def packet_samples(track_format: TrackFormat, data: bytes) -> int:
    """How many samples, at the format's rate, a packet of sound has. Raises CodecError."""
    codec = track_format.codec
    if codec == "aac":
        return _aac_frame_samples(track_format.config)
    return opus.packet_samples(data) if codec == "opus" else mp3.parse_mp3_header(data).frame_samples


@lru_cache(maxsize=64)
def _aac_frame_samples(config: bytes) -> int:
    return aac.parse_audio_specific_config(config).frame_samples


def _av1_format(config: bytes) -> TrackFormat | None:
    if len(config) in (0, 4):
        # A record may leave the sequence header to the key frames; libaom in ffmpeg has no record before the first one.
        return None
    header = av1.parse_av1c(config)
    if not 0 < header.width <= h264.MAX_DIMENSION or not 0 < header.height <= h264.MAX_DIMENSION:
        raise CodecError("AV1 picture size is out of range")
    return TrackFormat("av1", config, header.width, header.height)
