"""What makes RTP payloads of a track's frames, by its codec."""

from __future__ import annotations

from typing import Protocol

from media_server.codecs.h264 import parse_avcc
from media_server.codecs.hevc import parse_hvcc
from media_server.egress.rtp.av1 import Av1Packetizer
from media_server.egress.rtp.h264 import H264Packetizer
from media_server.egress.rtp.hevc import HevcPacketizer
from media_server.egress.rtp.vpx import Vp8Packetizer, Vp9Packetizer
from media_server.hub.frames import Frame, TrackFormat

_AV1C_HEADER_BYTES = 4


class Packetizer(Protocol):
    """Makes payloads of one track's frames, in their order."""

    def packetize(self, frame: Frame) -> list[bytes]:
        """The payloads of one frame; the last carries the marker bit where there is one. Raises CodecError."""


class OpusPacketizer:
    """RFC 7587 §4.2: one packet is one payload."""

    def packetize(self, frame: Frame) -> list[bytes]:
        """See `Packetizer`."""
        return [frame.data]


def packetizer_for(track_format: TrackFormat) -> Packetizer | None:
    """None for a codec that WebRTC does not carry. Raises CodecError for a configuration that is none."""
    config = track_format.config
    match track_format.codec:
        case "h264":
            avc = parse_avcc(config)
            return H264Packetizer((*avc.sps, *avc.pps))
        case "hevc":
            hevc = parse_hvcc(config)
            return HevcPacketizer((*hevc.vps, *hevc.sps, *hevc.pps))
        case "av1":
            return Av1Packetizer(config[_AV1C_HEADER_BYTES:])
        case "vp8":
            return Vp8Packetizer()
        case "vp9":
            return Vp9Packetizer()
        case "opus":
            return OpusPacketizer()
        case _:
            return None
