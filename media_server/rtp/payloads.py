"""How each codec is carried in RTP, by the name that SDP has for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from media_server.rtp.assembly import PayloadFormat
from media_server.rtp.av1 import Av1Payloads
from media_server.rtp.h264 import NalUnitReader
from media_server.rtp.h265 import H265Payloads
from media_server.rtp.vp8 import Vp8Payloads
from media_server.rtp.vp9 import Vp9Payloads

PAYLOAD_FORMATS: Final[Mapping[str, Callable[[], PayloadFormat]]] = {
    "H264": NalUnitReader,
    "H265": H265Payloads,
    "AV1": Av1Payloads,
    "VP8": Vp8Payloads,
    "VP9": Vp9Payloads,
}
