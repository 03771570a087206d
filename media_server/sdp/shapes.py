"""What offers say and answers settle, free of SDP syntax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from media_server.rtp.extensions import ABS_CAPTURE_TIME as ABS_CAPTURE_TIME
from media_server.rtp.extensions import ABS_SEND_TIME as ABS_SEND_TIME
from media_server.rtp.extensions import AUDIO_LEVEL as AUDIO_LEVEL
from media_server.rtp.extensions import DEPENDENCY_DESCRIPTOR as DEPENDENCY_DESCRIPTOR
from media_server.rtp.extensions import MID as MID
from media_server.rtp.extensions import NONE_AGREED, ExtensionMap
from media_server.rtp.extensions import PLAYOUT_DELAY as PLAYOUT_DELAY
from media_server.rtp.extensions import REPAIRED_RTP_STREAM_ID as REPAIRED_RTP_STREAM_ID
from media_server.rtp.extensions import RTP_STREAM_ID as RTP_STREAM_ID
from media_server.rtp.extensions import TRANSPORT_CC as TRANSPORT_CC
from media_server.rtp.extensions import VIDEO_ORIENTATION as VIDEO_ORIENTATION

Kind = Literal["audio", "video"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
Setup = Literal["actpass", "active", "passive"]
TrackT = TypeVar("TrackT")

DATA_PROTOCOL = "UDP/DTLS/SCTP"
DATA_FORMAT = "webrtc-datachannel"


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec under one peer's payload type. `feedback` as in rtcp-fb: "nack", "nack pli", "ccm fir", …

    `red_payload_type` is that of its packets with redundancy (RFC 2198).
    """

    name: str
    payload_type: int
    clock_rate: int
    channels: int = 1
    fmtp: Mapping[str, str] = field(default_factory=dict)
    feedback: tuple[str, ...] = ()
    rtx_payload_type: int | None = None
    red_payload_type: int | None = None


@dataclass(frozen=True, slots=True)
class DataPort:
    """SCTP as a peer offers it (RFC 8841): its port, and the longest message it takes in bytes, 0 for any."""

    port: int
    max_message_bytes: int


@dataclass(frozen=True, slots=True)
class Encoding:
    """One layer of a track, by what tells its packets: a rid (RFC 8852) or SSRCs, None where the peer does not say."""

    rid: str | None = None
    ssrc: int | None = None
    rtx_ssrc: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One m= section of an offer; `mid` is empty when it has none.

    `codecs` in order of preference, RTX and RED folded into the codec they carry; `formats` are the payload types as
    written; `extensions` maps URI to (id, direction as the offerer sees it); `ptime_ms` is how much sound a packet
    should hold.
    `encodings` are what the peer would send at once, one where it sends no simulcast.
    """

    kind: str
    mid: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    direction: Direction
    codecs: tuple[Codec, ...]
    extensions: Mapping[str, tuple[int, Direction]]
    encodings: tuple[Encoding, ...]
    data: DataPort | None
    rtcp_mux: bool
    rtcp_rsize: bool
    allow_mixed: bool
    bundle_only: bool
    ptime_ms: int | None = None

    @property
    def is_offered(self) -> bool:
        """False for a section that the offerer has closed: port zero without bundle-only (RFC 8843 §6)."""
        return self.port != 0 or self.bundle_only


@dataclass(frozen=True, slots=True)
class Offer:
    """A peer's offer. The transport facts are those of the offerer-tagged section, the one that BUNDLE names first."""

    ice_ufrag: str
    ice_pwd: str
    fingerprints: tuple[tuple[str, str], ...]
    setup: Setup
    sections: tuple[Section, ...]
    bundle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocalTransport:
    """Our side: ICE-lite credentials, the certificate, and host candidates (ip, port), the preferred one first.

    `candidates` are of UDP; to `tcp_candidates` peers connect (RFC 6544: passive).
    """

    ice_ufrag: str
    ice_pwd: str
    fingerprint_sha256: str
    candidates: tuple[tuple[str, int], ...]
    tcp_candidates: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ReceivedTrack:
    """What a publisher will send us in one section, in one or more layers. `extensions` maps URI to id."""

    kind: Kind
    mid: str
    codec: Codec
    layers: tuple[Encoding, ...]
    extensions: Mapping[str, int]

    @property
    def rtx(self) -> int | None:
        """The payload type of retransmissions (RFC 4588), when agreed."""
        return self.codec.rtx_payload_type


@dataclass(frozen=True, slots=True)
class SentTrack:
    """What we will send a viewer in one section, under the viewer's payload types and extension ids."""

    kind: Kind
    mid: str
    codec: Codec
    ssrc: int
    rtx_ssrc: int | None
    extensions: ExtensionMap = NONE_AGREED

    @property
    def rtx(self) -> int | None:
        """The payload type of retransmissions (RFC 4588), when agreed."""
        return self.codec.rtx_payload_type


@dataclass(frozen=True, slots=True)
class Source:
    """A track the room has: its codec as the publisher's answer settled it, and in how many layers it comes."""

    kind: Kind
    codec: Codec
    layers: int = 1


@dataclass(frozen=True, slots=True)
class Answer(Generic[TrackT]):
    """The answer's text, our role in the DTLS handshake, the tracks that were accepted, and the peer's SCTP if so."""

    sdp: str
    dtls_role: Literal["client", "server"]
    tracks: tuple[TrackT, ...]
    data: DataPort | None = None
