"""Feeds producers and rooms from labelled video, and records what a fan-out would send."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.packet import RtpPacket
from media_server.sdp import Codec, Encoding, ReceivedTrack, Source
from media_server.sdp.shapes import Kind
from tests.support.ciphers import any_cipher
from tests.support.labelled_video import LabelledVideo

H264 = Codec(
    "H264", 102, 90_000, 1, {"packetization-mode": "1", "profile-level-id": "42e01f"}, ("nack", "nack pli"), 103
)
VP8 = Codec("VP8", 96, 90_000, 1, {}, ("nack", "nack pli"), 97)
OPUS = Codec("opus", 111, 48_000, 2)
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
VIDEO_SOURCE = Source("video", H264)
AUDIO_SOURCE = Source("audio", OPUS)
FRAME_S = 1 / 30


def received_track(
    codec: Codec = H264, *, ssrc: int | None = None, rtx_ssrc: int | None = None, mid: str = "0", mid_id: int = 4
) -> ReceivedTrack:
    """What an answer settled."""
    kind: Kind = "audio" if codec.name == "opus" else "video"
    return ReceivedTrack(kind, mid, codec, (Encoding(None, ssrc, rtx_ssrc),), {MID: mid_id})


def new_leg(ssrc: int = 1) -> RtpLeg:
    """A leg whose packets nobody opens."""
    return RtpLeg(ssrc=ssrc, payload_type=96, cipher=any_cipher(), address=("192.0.2.1", 9))


class Sent:
    """A FanOut that keeps (index, timestamp, payload) as the leg's viewer sees them."""

    def __init__(self) -> None:
        self.by_leg: dict[RtpLeg, list[MediaPacket]] = {}

    def forward(self, legs: Iterable[RtpLeg], packets: Sequence[MediaPacket]) -> None:
        for leg in legs:
            leg.packets_sent += len(packets)
            self.by_leg.setdefault(leg, []).extend(
                MediaPacket(
                    packet.index + leg.index_offset,
                    (packet.timestamp + leg.timestamp_offset) & 0xFFFFFFFF,
                    packet.marker,
                    packet.payload,
                    packet.starts_keyframe,
                )
                for packet in packets
            )

    def to(self, leg: RtpLeg) -> list[MediaPacket]:
        """What `leg` got, in order of sending."""
        return self.by_leg.get(leg, [])


def frames(video: LabelledVideo, count: int) -> list[tuple[float, RtpPacket]]:
    """(arrival time, packet) of the next `count` frames."""
    first = video.frames
    return [((first + n) * FRAME_S, packet) for n in range(count) for packet in video.frame()]
