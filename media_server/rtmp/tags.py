"""What audio and video messages carry: parts of tracks, from FLV tag bodies of the old form and the enhanced one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from media_server.hub.frames import Codec, Kind
from media_server.rtmp.errors import RtmpError

Part = Literal["config", "frame", "end"]


class UnsupportedCodec(RtmpError):
    """The publisher sends something that nobody here can play. The message is for people."""


class MediaTag(NamedTuple):
    """One part of a track. `track` is its number, 0 for the only or the first one.

    `data` is a decoder configuration record for `config`, an access unit for `frame`, nothing for `end`.
    `composition_ms` is how much later than decoded a picture is shown; `nanoseconds` are added to the message's stamp.
    """

    kind: Kind
    codec: Codec
    part: Part
    data: bytes
    track: int = 0
    is_key: bool = True
    composition_ms: int = 0
    nanoseconds: int = 0


def signed_24(data: bytes) -> int:
    """Three bytes as a signed number."""
    return int.from_bytes(data, "big", signed=True)
