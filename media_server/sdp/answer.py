"""Writing answers: what publishers' and viewers' have in common (RFC 8829 §5.3, 8839, 8842, 8843)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal

from media_server.sdp.errors import unacceptable
from media_server.sdp.shapes import (
    DATA_FORMAT,
    DATA_PROTOCOL,
    Codec,
    DataPort,
    Direction,
    LocalTransport,
    Offer,
    Section,
)

_TCP_HOST_PREFERENCE = 90
"""What browsers give their own."""
_ONE_BYTE_MAX_ID = 14
_OFFER_SENDS: tuple[Direction, ...] = ("sendrecv", "sendonly")
OFFER_RECEIVES: tuple[Direction, ...] = ("sendrecv", "recvonly")
_SAID_OF_EXTENSIONS: dict[Direction, str] = {"sendonly": "/recvonly", "recvonly": "/sendonly"}
"""How the answer says the direction of an extension that is offered in one alone (RFC 8285 §7)."""


@dataclass(slots=True)
class AnsweredSection:
    """Our side of one section. It is rejected with neither `codec` nor `data`, which is where we take messages.

    `lines` are what comes after the transport's attributes.
    """

    offered: Section
    codec: Codec | None = None
    direction: Direction = "inactive"
    extensions: Mapping[str, int] = field(default_factory=dict)
    bandwidth_bps: int | None = None
    lines: Sequence[str] = ()
    data: DataPort | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether there is anything in it."""
        return self.codec is not None or self.data is not None


def offers_to_send(section: Section) -> bool:
    """Whether the offerer wants to send in this section."""
    return section.is_offered and section.direction in _OFFER_SENDS


def offers_to_receive(section: Section) -> bool:
    """Whether the offerer wants to receive in this section."""
    return section.is_offered and section.direction in OFFER_RECEIVES


def agreed_extensions(
    section: Section, wanted: Sequence[str], directions: Sequence[Direction] = _OFFER_SENDS
) -> dict[str, int]:
    """The ids of the `wanted` extensions that are offered in one of `directions`, else to be sent (RFC 8285 §7).

    Ids that need the two-byte form are taken only where both forms may be mixed; of two under one id the first is.
    """
    highest = 255 if section.allow_mixed else _ONE_BYTE_MAX_ID
    agreed: dict[int, str] = {}
    for uri in wanted:
        key, direction = section.extensions.get(uri, (0, "inactive"))
        if direction in directions and key <= highest:
            agreed.setdefault(key, uri)
    return {uri: key for key, uri in agreed.items()}


def agreed_feedback(codec: Codec, wanted: Sequence[str]) -> tuple[str, ...]:
    """The kinds of feedback that both the offer and we know, in our order."""
    return tuple(kind for kind in wanted if kind in codec.feedback)


def dtls_role(offer: Offer) -> Literal["client", "server"]:
    """Server wherever the offer leaves the choice.

    A browser sends its ClientHello only over a pair whose check we answered, so it never comes from an address we do
    not know yet, and the browser repeats it when it is lost. As client we would keep a timer for every peer that never
    comes, to gain one round trip for publishers alone (RFC 8842 §5.3).
    """
    return "client" if offer.setup == "passive" else "server"


def write_answer(offer: Offer, local: LocalTransport, sections: Sequence[AnsweredSection]) -> str:
    """The description, one section for each offered one. Raises SdpError when they cannot share one transport."""
    accepted = [section for section in sections if section.is_accepted]
    _check_transport(offer, accepted)
    mids = " ".join(section.offered.mid for section in accepted if section.offered.mid in offer.bundle)
    lines = [
        "v=0",
        f"o=- {_session_id(local)} 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        *([f"a=group:BUNDLE {mids}"] if offer.bundle else []),
        "a=ice-lite",
        "a=ice-options:trickle ice2",
        "a=msid-semantic:WMS *",
    ]
    for section in sections:
        lines += _section_lines(section, offer, local)
    return "\r\n".join(lines) + "\r\n"


def transport_lines(local: LocalTransport) -> list[str]:
    """ICE credentials, host candidates and their end (RFC 8839 §5)."""
    lines = [f"a=ice-ufrag:{local.ice_ufrag}", f"a=ice-pwd:{local.ice_pwd}"]
    for index, (ip, port) in enumerate(local.candidates):
        # RFC 8445 §5.1.2: type preference 126 for host, local preference falling, component 1.
        priority = 126 << 24 | (65_535 - index) << 8 | 255
        lines.append(f"a=candidate:{index + 1} 1 udp {priority} {ip} {port} typ host")
    for index, (ip, port) in enumerate(local.tcp_candidates, len(local.candidates)):
        # RFC 6544 §4.2: a type preference below that of UDP, above that of relays; direction preference 4 for passive.
        priority = _TCP_HOST_PREFERENCE << 24 | (4 << 13 | (8_191 - index)) << 8 | 255
        lines.append(f"a=candidate:{index + 1} 1 tcp {priority} {ip} {port} typ host tcptype passive")
    return [*lines, "a=end-of-candidates"]


def _check_transport(offer: Offer, accepted: Sequence[AnsweredSection]) -> None:
    for section in accepted:
        if section.data is not None:
            continue
        if "RTP/SAVP" not in section.offered.protocol:
            raise unacceptable(f"media must be RTP/SAVPF over DTLS, not {section.offered.protocol}")
        if not section.offered.rtcp_mux:
            raise unacceptable("rtcp-mux is required")
    if len(accepted) > 1 and not all(section.offered.mid in offer.bundle for section in accepted):
        raise unacceptable("BUNDLE of all media sections is required")
    payload_types = [pt for s in accepted if s.codec for pt in _payload_types(s.codec)]
    used = [pt for pt in payload_types if pt is not None]
    if len(set(used)) != len(used):
        raise unacceptable("bundled sections use one payload type for different codecs")


def _session_id(local: LocalTransport) -> int:
    """Unique as the user name fragment is, so that no randomness is needed here; 62 bits (RFC 8829 §5.2.1)."""
    return int.from_bytes(hashlib.sha256(local.ice_ufrag.encode()).digest()[:8], "big") >> 2


def _section_lines(section: AnsweredSection, offer: Offer, local: LocalTransport) -> list[str]:
    offered, codec = section.offered, section.codec
    mid = [f"a=mid:{offered.mid}"] if offered.mid else []
    if section.data is not None:
        return _data_lines(section.data, offered, offer, local)
    if codec is None:
        return [f"m={offered.kind} 0 {offered.protocol} {offered.formats[0]}", "c=IN IP4 0.0.0.0", *mid, "a=inactive"]
    payload_types = [pt for pt in _payload_types(codec) if pt is not None]
    ip, port = local.candidates[0]
    lines = [
        f"m={offered.kind} {port} {offered.protocol} {' '.join(map(str, payload_types))}",
        f"c=IN IP{ip_address(ip).version} {ip}",
    ]
    if section.bandwidth_bps is not None:
        lines += [f"b=AS:{section.bandwidth_bps // 1_000}", f"b=TIAS:{section.bandwidth_bps}"]
    lines += [*mid, f"a={section.direction}", *_association_lines(offer, local), "a=rtcp-mux"]
    if offered.rtcp_rsize:
        lines.append("a=rtcp-rsize")
    if offered.allow_mixed:
        lines.append("a=extmap-allow-mixed")
    lines += [
        f"a=extmap:{key}{_SAID_OF_EXTENSIONS.get(offered.extensions[uri][1], '')} {uri}"
        for uri, key in section.extensions.items()
    ]
    return [*lines, *_codec_lines(codec), *section.lines]


def _association_lines(offer: Offer, local: LocalTransport) -> list[str]:
    """The transport, in every section.

    RFC 8843 §7.1.3 wants it in the tagged section alone; peers that read only their own section exist, and none is
    known that minds the repetition.
    """
    return [
        *transport_lines(local),
        f"a=fingerprint:sha-256 {local.fingerprint_sha256}",
        f"a=setup:{'active' if dtls_role(offer) == 'client' else 'passive'}",
    ]


def _data_lines(data: DataPort, offered: Section, offer: Offer, local: LocalTransport) -> list[str]:
    """Messages over SCTP on the same association (RFC 8841 §9)."""
    ip, port = local.candidates[0]
    return [
        f"m=application {port} {DATA_PROTOCOL} {DATA_FORMAT}",
        f"c=IN IP{ip_address(ip).version} {ip}",
        *([f"a=mid:{offered.mid}"] if offered.mid else []),
        *_association_lines(offer, local),
        f"a=sctp-port:{data.port}",
        f"a=max-message-size:{data.max_message_bytes}",
    ]


def _codec_lines(codec: Codec) -> list[str]:
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    lines = [f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_rate}{channels}"]
    lines += [f"a=rtcp-fb:{codec.payload_type} {kind}" for kind in codec.feedback]
    if codec.fmtp:
        parameters = ";".join(f"{key}={value}" if value else key for key, value in codec.fmtp.items())
        lines.append(f"a=fmtp:{codec.payload_type} {parameters}")
    if codec.red_payload_type is not None:
        lines.append(f"a=rtpmap:{codec.red_payload_type} red/{codec.clock_rate}{channels}")
        lines.append(f"a=fmtp:{codec.red_payload_type} {codec.payload_type}/{codec.payload_type}")
    if codec.rtx_payload_type is not None:
        lines.append(f"a=rtpmap:{codec.rtx_payload_type} rtx/{codec.clock_rate}")
        lines.append(f"a=fmtp:{codec.rtx_payload_type} apt={codec.payload_type}")
    return lines


def _payload_types(codec: Codec) -> tuple[int | None, ...]:
    """In order of preference: where redundancy is taken, it is to be sent."""
    return codec.red_payload_type, codec.payload_type, codec.rtx_payload_type
