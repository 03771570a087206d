"""The encodings of one media section: simulcast by rid (RFC 8851, RFC 8853) or by SSRC (RFC 5576)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from media_server.sdp.errors import unreadable
from media_server.sdp.lines import Block, number
from media_server.sdp.shapes import Encoding

MAX_SSRCS = 64
MAX_RIDS = 16

_RID = re.compile(r"([A-Za-z0-9_-]{1,255}) (send|recv)(?: .*)?")
_SIMULCAST = re.compile(r"(send|recv) ([A-Za-z0-9_~,;-]+)(?: (send|recv) ([A-Za-z0-9_~,;-]+))?")


def read_encodings(block: Block) -> tuple[Encoding, ...]:
    """What the peer would send in a section, in its order; at least one. Raises SdpError "unreadable"."""
    by_ssrc = _by_ssrc(block)
    rids = _simulcast_rids(block)
    if len(rids) > 1:
        return tuple(Encoding(rid) for rid in rids)
    return by_ssrc or (Encoding(),)


def simulcast_lines(encodings: Sequence[Encoding]) -> list[str]:
    """How an answer takes simulcast: by the rids it keeps (RFC 8853 §5.3.2). Of SSRCs nothing is said."""
    rids = [encoding.rid for encoding in encodings if encoding.rid is not None]
    if not rids:
        return []
    return [*(f"a=rid:{rid} recv" for rid in rids), f"a=simulcast:recv {';'.join(rids)}"]


def _simulcast_rids(block: Block) -> list[str]:
    """The rids of a=simulcast that a=rid declares; of alternatives the first."""
    values = block.every("rid")
    if len(values) > MAX_RIDS:
        raise unreadable(f"a media section has more than {MAX_RIDS} rids")
    declared: set[str] = set()
    for value in values:
        match = _RID.fullmatch(value)
        if match is None:
            raise unreadable("a rid attribute is malformed")
        if match[2] == "send":
            declared.add(match[1])
    told = block.first("simulcast")
    if told is None:
        return []
    match = _SIMULCAST.fullmatch(told)
    if match is None:
        raise unreadable("a simulcast attribute is malformed")
    streams = {match[1]: match[2], match[3]: match[4]}.get("send", "")
    # One that begins with ~ is paused at first (RFC 8853 §5.1): it may come later.
    chosen = (stream.partition(",")[0].removeprefix("~") for stream in streams.split(";"))
    return [rid for rid in dict.fromkeys(chosen) if rid in declared]


def _by_ssrc(block: Block) -> tuple[Encoding, ...]:
    """The members of the first SIM group, else the first media SSRC, each with the SSRC of its retransmissions."""
    values = block.every("ssrc")
    groups = [group.split() for group in block.every("ssrc-group") if group]
    named = list(dict.fromkeys(value.partition(" ")[0] for value in values))
    if max(len(named), len(groups), *map(len, groups), 0) > MAX_SSRCS:
        raise unreadable(f"a media section has more than {MAX_SSRCS} SSRCs")
    ssrcs = [number(text, 0xFFFFFFFF, "an SSRC") for text in named]
    pairs: dict[int, int] = {}
    simulcast: list[int] = []
    for semantics, *members in groups:
        numbers = [number(text, 0xFFFFFFFF, "an SSRC") for text in members]
        if semantics == "FID" and len(numbers) == 2:
            pairs.setdefault(numbers[0], numbers[1])
        elif semantics == "SIM" and not simulcast:
            simulcast += dict.fromkeys(numbers)
    if not simulcast:
        simulcast = [*pairs, *ssrcs][:1]
    return tuple(Encoding(None, ssrc, pairs.get(ssrc)) for ssrc in simulcast)
