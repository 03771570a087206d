"""Offers: the grammar and the bounds of what peers may send us (RFC 8829, 8839, 8842, 8843)."""

from __future__ import annotations

import re
from typing import cast, get_args

from media_server.sdp.encodings import read_encodings
from media_server.sdp.errors import unacceptable, unreadable
from media_server.sdp.formats import read_codecs, read_extensions
from media_server.sdp.lines import Block, number, read_blocks, token
from media_server.sdp.shapes import DATA_FORMAT, DATA_PROTOCOL, DataPort, Direction, Offer, Section, Setup

_DIGEST_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PWD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_PTIME = re.compile(r"[1-9][0-9]{0,2}")


def parse_offer(text: str) -> Offer:
    """Raises SdpError: "unreadable" for a broken description, "unacceptable" for one without WebRTC's essentials."""
    session, *blocks = read_blocks(text)
    if not text.startswith("v=0"):
        raise unreadable("the description does not begin with v=0")
    if not blocks:
        raise unacceptable("the offer has no media section")
    bundle = _read_bundle(session)
    sections = tuple(_read_section(session, block) for block in blocks)
    mids = [section.mid for section in sections if section.mid]
    if len(set(mids)) != len(mids):
        raise unreadable("two media sections have the same mid")
    if not set(bundle) <= set(mids):
        raise unreadable("the BUNDLE group names a mid that no media section has")
    tagged = blocks[[section.mid for section in sections].index(bundle[0])] if bundle else blocks[0]
    ufrag, pwd = read_ice(tagged, session)
    return Offer(ufrag, pwd, _read_fingerprints(tagged, session), _read_setup(tagged, session), sections, bundle)


def read_ice(block: Block, session: Block) -> tuple[str, str]:
    """The ICE user name fragment and password, of the section or else of the session. Raises SdpError."""
    ufrag = block.first("ice-ufrag") or session.first("ice-ufrag")
    pwd = block.first("ice-pwd") or session.first("ice-pwd")
    if ufrag is None or pwd is None:
        raise unacceptable("there are no ICE credentials")
    if not _UFRAG.fullmatch(ufrag) or not _PWD.fullmatch(pwd):
        raise unreadable("the ICE credentials are malformed")
    return ufrag, pwd


def _read_bundle(session: Block) -> tuple[str, ...]:
    groups = [group.split() for group in session.every("group")]
    bundles = [group[1:] for group in groups if group[:1] == ["BUNDLE"] and len(group) > 1]
    if len(bundles) > 1:
        raise unacceptable("there is more than one BUNDLE group")
    return tuple(dict.fromkeys(token(mid, "a mid") for mid in bundles[0])) if bundles else ()


def _read_fingerprints(block: Block, session: Block) -> tuple[tuple[str, str], ...]:
    fingerprints = []
    for value in block.every("fingerprint") or session.every("fingerprint"):
        algorithm, _, digest = value.partition(" ")
        algorithm, digest = algorithm.lower(), digest.strip().upper()
        if algorithm not in _DIGEST_BYTES:
            continue
        if not re.fullmatch(rf"(?:[0-9A-F]{{2}}:){{{_DIGEST_BYTES[algorithm] - 1}}}[0-9A-F]{{2}}", digest):
            raise unreadable("a certificate fingerprint is malformed")
        fingerprints.append((algorithm, digest))
    if not fingerprints:
        raise unacceptable("there is no certificate fingerprint by SHA-256, SHA-384 or SHA-512")
    return tuple(dict.fromkeys(fingerprints))


def _read_setup(block: Block, session: Block) -> Setup:
    # RFC 4145 §4.1: an offer without the attribute is one to be active.
    setup = block.first("setup") or session.first("setup") or "active"
    if setup not in get_args(Setup):
        raise unacceptable("the setup attribute is none of actpass, active and passive")
    return cast(Setup, setup)


def _read_section(session: Block, block: Block) -> Section:
    is_rtp = block.kind in ("audio", "video")
    mid = block.first("mid")
    mid = token(mid, "a mid") if mid is not None else ""
    return Section(
        kind=block.kind,
        mid=mid,
        port=block.port,
        protocol=block.protocol,
        formats=block.formats,
        direction=_read_direction(block, session),
        codecs=read_codecs(block) if is_rtp else (),
        extensions=read_extensions(block),
        encodings=read_encodings(block),
        data=_read_data_port(block),
        rtcp_mux=block.has("rtcp-mux"),
        rtcp_rsize=block.has("rtcp-rsize"),
        allow_mixed=block.has("extmap-allow-mixed") or session.has("extmap-allow-mixed"),
        bundle_only=block.has("bundle-only"),
        ptime_ms=_read_ptime(block),
    )


def _read_data_port(block: Block) -> DataPort | None:
    """SCTP over DTLS over UDP as browsers offer it (RFC 8841 §5, §6); None for any other section."""
    if block.kind != "application" or block.protocol != DATA_PROTOCOL or block.formats != (DATA_FORMAT,):
        return None
    port = block.first("sctp-port")
    if port is None:
        return None
    # RFC 8841 §6.1: an absent attribute means 64 KiB.
    longest = block.first("max-message-size")
    return DataPort(
        number(port, 65_535, "an SCTP port"),
        65_536 if longest is None else number(longest, 2**53, "a largest message"),
    )


def _read_direction(block: Block, session: Block) -> Direction:
    names = get_args(Direction)
    for key, _ in block.attributes + session.attributes:
        if key in names:
            return cast(Direction, key)
    return "sendrecv"


def _read_ptime(block: Block) -> int | None:
    """RFC 8866 §6.4. It is advice, so one that is none, or has fractions, counts as not given."""
    value = block.first("ptime")
    return int(value) if value is not None and _PTIME.fullmatch(value) else None
