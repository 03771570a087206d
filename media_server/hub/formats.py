"""Formats of tracks, read from the configuration records that encoders send."""

from __future__ import annotations

from media_server.codecs import h264, hevc
from media_server.codecs.aac import parse_audio_specific_config
from media_server.codecs.av1 import parse_av1c
from media_server.codecs.opus import SAMPLE_RATE, parse_opus_head
from media_server.codecs.vp9 import parse_vpcc
from media_server.hub.frames import TrackFormat


def h264_format(avcc: bytes) -> TrackFormat:
    """Of an avcC record. Raises CodecError."""
    parameters = h264.parse_sequence_parameters(h264.parse_avcc(avcc).sps[0])
    return TrackFormat("h264", avcc, parameters.width, parameters.height, reorders=bool(parameters.reorder_frames))


def hevc_format(hvcc: bytes) -> TrackFormat:
    """Of an hvcC record. Raises CodecError."""
    parameters = hevc.parse_sequence_parameters(hevc.parse_hvcc(hvcc).sps[0])
    return TrackFormat("hevc", hvcc, parameters.width, parameters.height, reorders=parameters.reorder_frames > 0)


def av1_format(av1c: bytes) -> TrackFormat:
    """Of an av1C record with its sequence header. Raises CodecError."""
    header = parse_av1c(av1c)
    return TrackFormat("av1", av1c, header.width, header.height)


def vp9_format(vpcc: bytes, width: int, height: int) -> TrackFormat:
    """Of a vpcC record, which knows no size: that of the key frame, in pixels. Raises CodecError."""
    parse_vpcc(vpcc)
    return TrackFormat("vp9", vpcc, width, height)


def vp8_format(width: int, height: int) -> TrackFormat:
    """Of a key frame's size in pixels."""
    return TrackFormat("vp8", b"", width, height)


def aac_format(config: bytes) -> TrackFormat:
    """Of an AudioSpecificConfig. Raises CodecError."""
    parsed = parse_audio_specific_config(config)
    return TrackFormat("aac", config, sample_rate=parsed.sample_rate, channels=parsed.channels)


def opus_format(head: bytes) -> TrackFormat:
    """Of an OpusHead. Raises CodecError."""
    return TrackFormat("opus", head, sample_rate=SAMPLE_RATE, channels=parse_opus_head(head).channels)
