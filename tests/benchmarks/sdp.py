"""The little SDP these peers need: one track of H.264 or Opus, one transport."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Final, Literal

from tests.benchmarks.dtls import DtlsIdentity

Kind = Literal["video", "audio"]

PAYLOAD_TYPE: Final = 96
FORMATS: Final[dict[Kind, tuple[str, tuple[str, ...]]]] = {
    "video": (
        "H264/90000",
        (
            "rtcp-fb:{0} nack",
            "rtcp-fb:{0} nack pli",
            "fmtp:{0} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        ),
    ),
    "audio": ("opus/48000/2", ("fmtp:{0} minptime=10;useinbandfec=1;stereo=1",)),
}
CRLF: Final = "\r\n"


@dataclass(frozen=True, slots=True)
class LocalIce:
    """Our credentials for one transport (RFC 8445 §5.3)."""

    ufrag: str
    password: str

    @classmethod
    def new(cls) -> LocalIce:
        return cls(secrets.token_hex(4), secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class RemotePeer:
    """Where the server is and how it proves itself."""

    address: tuple[str, int]
    ufrag: str
    password: str
    fingerprint: str
    is_lite: bool


def describe(
    identity: DtlsIdentity,
    ice: LocalIce,
    *,
    direction: Literal["sendonly", "recvonly"],
    setup: Literal["actpass", "active"],
    payload_type: int = PAYLOAD_TYPE,
    mid: str = "0",
    ssrc: int | None = None,
    kind: Kind = "video",
) -> str:
    """An offer (`actpass`) or an answer (`active`)."""
    name, attributes = FORMATS[kind]
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {mid}",
        "a=msid-semantic: WMS *",
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload_type}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp-mux",
        f"a=mid:{mid}",
        f"a=ice-ufrag:{ice.ufrag}",
        f"a=ice-pwd:{ice.password}",
        f"a=fingerprint:sha-256 {identity.fingerprint}",
        f"a=setup:{setup}",
        f"a={direction}",
        f"a=rtpmap:{payload_type} {name}",
        *(f"a={attribute.format(payload_type)}" for attribute in attributes),
    ]
    if ssrc is not None:
        lines += [f"a=msid:stream {kind}", f"a=ssrc:{ssrc} cname:benchmark", f"a=ssrc:{ssrc} msid:stream {kind}"]
    return CRLF.join(lines) + CRLF


def remote_peer(sdp: str) -> RemotePeer:
    """The server's transport, from its answer or offer; its first UDP candidate on IPv4 is taken."""
    candidate = re.search(r"a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) ", sdp, re.IGNORECASE)
    if candidate is None:
        raise ValueError("the server names no candidate")
    return RemotePeer(
        (candidate[1], int(candidate[2])),
        _attribute(sdp, "ice-ufrag"),
        _attribute(sdp, "ice-pwd"),
        _attribute(sdp, "fingerprint").split()[1],
        is_lite=re.search(r"^a=ice-lite", sdp, re.MULTILINE) is not None,
    )


def media_id(sdp: str) -> str:
    return _attribute(sdp, "mid")


def payload_type(sdp: str, kind: Kind = "video") -> int:
    """The payload type of H.264, or of Opus, in the server's description."""
    name = FORMATS[kind][0]
    found = re.search(rf"a=rtpmap:(\d+) {name}", sdp, re.IGNORECASE)
    if found is None:
        raise ValueError(f"the server does not send {name}")
    return int(found[1])


def _attribute(sdp: str, name: str) -> str:
    found = re.search(rf"^a={name}:(.+?)\s*$", sdp, re.MULTILINE)
    if found is None:
        raise ValueError(f"the server's description has no {name}")
    return found[1]
