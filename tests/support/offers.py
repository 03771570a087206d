"""Offers of a light peer, and what an answer says of the server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal

from tests.support.dtls_peer import DtlsIdentity

Setup = Literal["actpass", "active", "passive"]
Video = Literal["H264", "VP8"]
OPUS, H264, H264_RTX, VP8, VP8_RTX = 111, 102, 103, 96, 97
MID_ID, TRANSPORT_CC_ID = 4, 3
_TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
_VIDEO = {
    "H264": (
        H264,
        H264_RTX,
        [f"a=fmtp:{H264} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"],
    ),
    "VP8": (VP8, VP8_RTX, []),
}


@dataclass(frozen=True)
class OfferedMedia:
    """What a peer sends or receives. SSRCs are named only where given: WHIP clients may leave them out."""

    direction: Literal["sendonly", "recvonly"]
    video: tuple[Video, ...] = ("H264",)
    audio: bool = True
    rtx: bool = True
    video_ssrc: int | None = None
    video_rtx_ssrc: int | None = None
    audio_ssrc: int | None = None
    video_first: bool = False
    with_transport_cc: bool = True
    extensions: tuple[tuple[int, str], ...] = ()
    """More header extensions of every section: (id, URI)."""


def write_offer(
    media: OfferedMedia, identity: DtlsIdentity, *, ufrag: str, password: str, setup: Setup = "actpass"
) -> str:
    """The SDP."""
    sections = []
    if media.audio:
        sections.append(("audio", _audio_lines(media)))
    if media.video:
        sections.append(("video", _video_lines(media)))
    if media.video_first:
        sections.reverse()
    transport = [
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        f"a=fingerprint:sha-256 {identity.fingerprint}",
        f"a=setup:{setup}",
        f"a={media.direction}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]
    mids = " ".join(str(number) for number in range(len(sections)))
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {mids}", "a=msid-semantic: WMS *"]
    for mid, (kind, (formats, attributes)) in enumerate(sections):
        lines += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", *transport]
        lines.append(f"a=extmap:{MID_ID} urn:ietf:params:rtp-hdrext:sdes:mid")
        if media.with_transport_cc:
            lines.append(f"a=extmap:{TRANSPORT_CC_ID} {_TRANSPORT_CC}")
        lines += [f"a=extmap:{key} {uri}" for key, uri in media.extensions]
        lines += attributes
    return "\r\n".join(lines) + "\r\n"


def _audio_lines(media: OfferedMedia) -> tuple[str, list[str]]:
    lines = [f"a=rtpmap:{OPUS} opus/48000/2", f"a=rtcp-fb:{OPUS} transport-cc"]
    if media.audio_ssrc is not None:
        lines.append(f"a=ssrc:{media.audio_ssrc} cname:test")
    return str(OPUS), lines


def _video_lines(media: OfferedMedia) -> tuple[str, list[str]]:
    formats: list[int] = []
    lines: list[str] = []
    for name in media.video:
        payload_type, rtx, extra = _VIDEO[name]
        formats.append(payload_type)
        kinds = ("nack", "nack pli", "ccm fir", "transport-cc", "goog-remb")
        lines += [f"a=rtpmap:{payload_type} {name}/90000", *(f"a=rtcp-fb:{payload_type} {kind}" for kind in kinds)]
        lines += extra
        if media.rtx:
            formats.append(rtx)
            lines += [f"a=rtpmap:{rtx} rtx/90000", f"a=fmtp:{rtx} apt={payload_type}"]
    if media.video_rtx_ssrc is not None:
        lines.append(f"a=ssrc-group:FID {media.video_ssrc} {media.video_rtx_ssrc}")
    lines += [f"a=ssrc:{ssrc} cname:test" for ssrc in (media.video_ssrc, media.video_rtx_ssrc) if ssrc is not None]
    return " ".join(map(str, formats)), lines


@dataclass(frozen=True)
class AnsweredTrack:
    """One section of an answer: the server's SSRCs are None where it only receives."""

    kind: str
    codec: str
    payload_type: int
    ssrc: int | None
    rtx_ssrc: int | None


@dataclass(frozen=True)
class RemoteTransport:
    """Where the server is, how it proves itself, and what it will send or take."""

    address: tuple[str, int]
    ufrag: str
    password: str
    fingerprint: str
    setup: str
    tracks: dict[str, AnsweredTrack] = field(default_factory=dict)

    @classmethod
    def of(cls, sdp: str, *, protocol: Literal["udp", "tcp"] = "udp", ip_version: int = 4) -> RemoteTransport:
        """The transport of an answer; its first candidate of `protocol` and `ip_version` is taken."""
        return cls(
            next(address for address in candidates(sdp, protocol) if ip_address(address[0]).version == ip_version),
            attribute(sdp, "ice-ufrag"),
            attribute(sdp, "ice-pwd"),
            attribute(sdp, "fingerprint").split()[1],
            attribute(sdp, "setup"),
            {track.kind: track for track in map(_track, sdp.split("\r\nm=")[1:]) if track is not None},
        )


def candidates(sdp: str, protocol: Literal["udp", "tcp"]) -> list[tuple[str, int]]:
    """The addresses of the first section, the preferred one first."""
    section = sdp.split("\r\nm=")[1] if "\r\nm=" in sdp else sdp
    found = re.findall(rf"a=candidate:\S+ 1 {protocol} (\d+) (\S+) (\d+) ", section)
    ranked = sorted(found, key=lambda candidate: -int(candidate[0]))
    return [(ip, int(port)) for _, ip, port in ranked]


def attribute(sdp: str, name: str) -> str:
    """The value of the first `a=name:` of a description."""
    found = re.search(rf"^a={name}:(.+?)\s*$", sdp, re.MULTILINE)
    assert found is not None, f"no {name} in {sdp}"
    return found[1]


def _track(section: str) -> AnsweredTrack | None:
    mapped = re.search(r"^a=rtpmap:(\d+) ([^/]+)/", section, re.MULTILINE)
    if mapped is None or re.search(r"^a=inactive", section, re.MULTILINE):
        return None
    ssrcs = list(dict.fromkeys(int(ssrc) for ssrc in re.findall(r"^a=ssrc:(\d+)", section, re.MULTILINE)))
    return AnsweredTrack(
        section.split()[0],
        mapped[2],
        int(mapped[1]),
        ssrcs[0] if ssrcs else None,
        ssrcs[1] if len(ssrcs) > 1 else None,
    )
