"""The codecs and header extensions of one media section."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from media_server.sdp.errors import unreadable
from media_server.sdp.lines import Block, number
from media_server.sdp.shapes import Codec, Direction

MAX_CODECS = 64
MAX_PARAMETERS = 32
MAX_FEEDBACK = 16
MAX_EXTENSIONS = 64

_RTPMAP = re.compile(r"([0-9]{1,3}) +([!-.0-~]{1,64})/([0-9]{1,6})(?:/([0-9]{1,2}))?")
_FOR_FORMAT = re.compile(r"([0-9]{1,3}|\*) +(.+)")
_EXTMAP = re.compile(r"([0-9]{1,4})(?:/(sendrecv|sendonly|recvonly|inactive))? +([!-~]{1,256})(?: .*)?")
_RED_BLOCKS = re.compile(r"[0-9]{1,3}(?:/[0-9]{1,3})+")
_CANONICAL = {name.lower(): name for name in ("opus", "H264", "VP8", "VP9", "AV1", "H265", "rtx")}


def read_codecs(block: Block) -> tuple[Codec, ...]:
    """The codecs in the order of the m= line, RTX and RED of sound folded in. Raises SdpError "unreadable".

    Left out: formats without an rtpmap (the static audio types, none of which we take) and payload types 64 to 95,
    which RTCP on the same port would be mistaken for (RFC 5761 §4).
    """
    mapped = _read_rtpmaps(block)
    parameters = _read_parameters(block)
    feedback = _read_feedback(block)
    codecs: dict[int, Codec] = {}
    for text in dict.fromkeys(block.formats):
        payload_type = number(text, 127, "a payload type")
        if payload_type in mapped and not 64 <= payload_type <= 95:
            codecs[payload_type] = replace(
                mapped[payload_type],
                fmtp=parameters.get(payload_type, {}),
                feedback=tuple(dict.fromkeys(feedback.get(payload_type, []) + feedback.get(-1, []))),
            )
    repairs = {codec.fmtp.get("apt"): codec.payload_type for codec in reversed(codecs.values()) if codec.name == "rtx"}
    redundant = {_red_of(codec): codec.payload_type for codec in reversed(codecs.values())}
    return tuple(
        replace(
            codec,
            rtx_payload_type=repairs.get(str(codec.payload_type)),
            red_payload_type=redundant.get(str(codec.payload_type)) if codec.name == "opus" else None,
        )
        for codec in codecs.values()
        if codec.name != "rtx" and _red_of(codec) is None
    )


def _red_of(codec: Codec) -> str | None:
    """The payload type that RED of sound carries: fmtp names that of each block, which are all one (RFC 2198 §5)."""
    if codec.name != "red":
        return None
    blocks = next((key.split("/") for key in codec.fmtp if _RED_BLOCKS.fullmatch(key)), [])
    return blocks[0] if len(set(blocks)) == 1 else None


def _read_rtpmaps(block: Block) -> dict[int, Codec]:
    mapped: dict[int, Codec] = {}
    for value in block.every("rtpmap"):
        match = _RTPMAP.fullmatch(value)
        if match is None:
            raise unreadable("an rtpmap attribute is malformed")
        payload_type = number(match[1], 127, "a payload type")
        if payload_type in mapped:
            raise unreadable(f"payload type {payload_type} is mapped twice")
        if len(mapped) == MAX_CODECS:
            raise unreadable(f"a media section has more than {MAX_CODECS} codecs")
        name = _CANONICAL.get(match[2].lower(), match[2])
        mapped[payload_type] = Codec(name, payload_type, int(match[3]), int(match[4] or 1))
    return mapped


def _read_parameters(block: Block) -> dict[int, Mapping[str, str]]:
    parameters: dict[int, Mapping[str, str]] = {}
    for value in block.every("fmtp"):
        match = _FOR_FORMAT.fullmatch(value)
        if match is None or match[1] == "*":
            raise unreadable("an fmtp attribute is malformed")
        pairs = [part.strip().partition("=") for part in match[2].split(";") if part.strip()]
        if len(pairs) > MAX_PARAMETERS:
            raise unreadable(f"an fmtp attribute has more than {MAX_PARAMETERS} parameters")
        payload_type = number(match[1], 127, "a payload type")
        parameters[payload_type] = {key.strip().lower(): text.strip() for key, _, text in pairs}
    return parameters


def _read_feedback(block: Block) -> dict[int, list[str]]:
    """Feedback by payload type; that for all of them (`*`) under -1."""
    feedback: dict[int, list[str]] = {}
    for value in block.every("rtcp-fb"):
        match = _FOR_FORMAT.fullmatch(value)
        if match is None:
            raise unreadable("an rtcp-fb attribute is malformed")
        kinds = feedback.setdefault(-1 if match[1] == "*" else number(match[1], 127, "a payload type"), [])
        if len(kinds) == MAX_FEEDBACK:
            raise unreadable(f"a codec has more than {MAX_FEEDBACK} kinds of feedback")
        kinds.append(" ".join(match[2].split()))
    return feedback


def read_extensions(block: Block) -> dict[str, tuple[int, Direction]]:
    """Header extensions as URI → (id, direction as the offerer sees it). Raises SdpError "unreadable".

    Ids above 255 are the offer's way to list more than fit (RFC 8285 §7); they are left out.
    """
    values = block.every("extmap")
    if len(values) > MAX_EXTENSIONS:
        raise unreadable(f"a media section has more than {MAX_EXTENSIONS} header extensions")
    extensions: dict[str, tuple[int, Direction]] = {}
    for value in values:
        match = _EXTMAP.fullmatch(value)
        if match is None:
            raise unreadable("an extmap attribute is malformed")
        if 1 <= int(match[1]) <= 255:
            extensions.setdefault(match[3], (int(match[1]), cast(Direction, match[2] or "sendrecv")))
    return extensions
