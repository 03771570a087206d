"""SDP fragments of trickle ICE and ICE restarts (RFC 8840 §9, RFC 9725 §4.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from media_server.sdp.answer import transport_lines
from media_server.sdp.errors import unreadable
from media_server.sdp.lines import read_blocks, token
from media_server.sdp.offer import read_ice
from media_server.sdp.shapes import LocalTransport

MAX_CANDIDATES = 64

_CANDIDATE = re.compile(
    r"[A-Za-z0-9+/]{1,32} ([0-9]{1,3}) ([A-Za-z]{1,8}) ([0-9]{1,10}) ([0-9A-Za-z.:-]{1,253}) ([0-9]{1,5})"
    r" typ (host|srflx|prflx|relay)(?: .*)?"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A remote candidate; `host` is an address or a name (mDNS). An ICE-lite agent never sends to it unasked."""

    component: int
    transport: str
    priority: int
    host: str
    port: int
    kind: str


@dataclass(frozen=True, slots=True)
class TrickleFragment:
    """`ufrag` and `pwd` are the peer's: others than before ask for an ICE restart. `sections` are (kind, mid)."""

    ufrag: str
    pwd: str
    candidates: tuple[Candidate, ...]
    end_of_candidates: bool
    bundle: tuple[str, ...]
    sections: tuple[tuple[str, str], ...]


def parse_trickle(fragment: str) -> TrickleFragment:
    """Raises SdpError: "unreadable" for a broken fragment, "unacceptable" for one without ICE credentials."""
    session, *blocks = read_blocks(fragment)
    tagged = blocks[0] if blocks else session
    ufrag, pwd = read_ice(tagged, session)
    everything = [attribute for block in (session, *blocks) for attribute in block.attributes]
    values = [value for name, value in everything if name == "candidate"]
    if len(values) > MAX_CANDIDATES:
        raise unreadable(f"there are more than {MAX_CANDIDATES} candidates")
    groups = [value.split() for name, value in session.attributes if name == "group"]
    bundle = next((group[1:] for group in groups if group[:1] == ["BUNDLE"]), [])
    return TrickleFragment(
        ufrag=ufrag,
        pwd=pwd,
        candidates=tuple(_read_candidate(value) for value in values),
        end_of_candidates=any(name == "end-of-candidates" for name, _ in everything),
        bundle=tuple(token(mid, "a mid") for mid in bundle),
        sections=tuple((block.kind, token(block.first("mid") or "", "a mid")) for block in blocks),
    )


def answer_trickle(fragment: TrickleFragment, local: LocalTransport) -> str:
    """The fragment that answers an ICE restart: our new credentials and candidates (RFC 9725 §4.3.3)."""
    lines = ["a=ice-lite", "a=ice-options:trickle ice2"]
    if fragment.bundle:
        lines.append(f"a=group:BUNDLE {' '.join(fragment.bundle)}")
    for kind, mid in fragment.sections[:1]:
        # RFC 8840 §9.2: the format of a fragment's m= line has no meaning.
        lines += [f"m={kind} 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{mid}"]
    return "\r\n".join([*lines, *transport_lines(local)]) + "\r\n"


def _read_candidate(value: str) -> Candidate:
    match = _CANDIDATE.fullmatch(value)
    if match is None or int(match[5]) > 65_535 or int(match[3]) > 0xFFFFFFFF:
        raise unreadable("a candidate is malformed")
    return Candidate(int(match[1]), match[2].lower(), int(match[3]), match[4], int(match[5]), match[6])
