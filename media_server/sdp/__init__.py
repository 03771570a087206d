"""SDP offers in, answers out: the negotiation of WHIP and WHEP, free of sockets and clocks."""

from media_server.sdp.errors import SdpError
from media_server.sdp.offer import parse_offer
from media_server.sdp.publisher import answer_publisher
from media_server.sdp.shapes import (
    Answer,
    Codec,
    Encoding,
    LocalTransport,
    Offer,
    ReceivedTrack,
    Section,
    SentTrack,
    Source,
)
from media_server.sdp.trickle import TrickleFragment, answer_trickle, parse_trickle
from media_server.sdp.viewer import answer_viewer

__all__ = [
    "Answer",
    "Codec",
    "Encoding",
    "LocalTransport",
    "Offer",
    "ReceivedTrack",
    "SdpError",
    "Section",
    "SentTrack",
    "Source",
    "TrickleFragment",
    "answer_publisher",
    "answer_trickle",
    "answer_viewer",
    "parse_offer",
    "parse_trickle",
]
