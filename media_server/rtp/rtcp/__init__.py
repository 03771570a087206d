"""RTCP packets: reports, feedback, and the compound that carries them."""

from media_server.rtp.ntp import ntp_delta_s, ntp_from_unix, ntp_middle, ntp_to_unix, short_ntp
from media_server.rtp.rtcp.compound import RtcpPacket, parse_compound, serialize_compound
from media_server.rtp.rtcp.feedback import Fir, Nack, Pli, Remb
from media_server.rtp.rtcp.reports import (
    BYE,
    RR,
    SDES,
    SR,
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
)
from media_server.rtp.rtcp.transport_feedback import TransportFeedback

__all__ = [
    "BYE",
    "RR",
    "SDES",
    "SR",
    "Fir",
    "Goodbye",
    "Nack",
    "Pli",
    "ReceiverReport",
    "Remb",
    "ReportBlock",
    "RtcpPacket",
    "SenderReport",
    "SourceDescription",
    "TransportFeedback",
    "ntp_delta_s",
    "ntp_from_unix",
    "ntp_middle",
    "ntp_to_unix",
    "parse_compound",
    "serialize_compound",
    "short_ntp",
]
