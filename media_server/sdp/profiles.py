"""Which decoder can take which stream: the fmtp parameters that tell codecs of one name apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

from media_server.sdp.shapes import Codec

# level_idc 42: 1080p at 60 frames a second.
RECEIVED_H264_LEVEL = 0x2A
# RFC 6184 §8.1: the profile and level when none is said.
_DEFAULT_PROFILE_LEVEL_ID = "42000a"


class H264Profile(Enum):
    CONSTRAINED_BASELINE = "Constrained Baseline"
    BASELINE = "Baseline"
    EXTENDED = "Extended"
    MAIN = "Main"
    CONSTRAINED_HIGH = "Constrained High"
    HIGH = "High"
    HIGH_10 = "High 10"
    HIGH_422 = "High 4:2:2"
    HIGH_444 = "High 4:4:4 Predictive"


_P = H264Profile
# (profile_idc, bits of profile_iop that count, their value); RFC 6184 table 5 and H.264 §A.2.
_PATTERNS = (
    (0x42, 0x40, 0x40, _P.CONSTRAINED_BASELINE),
    (0x4D, 0x80, 0x80, _P.CONSTRAINED_BASELINE),
    (0x58, 0xC0, 0xC0, _P.CONSTRAINED_BASELINE),
    (0x42, 0x40, 0x00, _P.BASELINE),
    (0x58, 0xC0, 0x80, _P.BASELINE),
    (0x4D, 0x80, 0x00, _P.MAIN),
    (0x58, 0x80, 0x00, _P.EXTENDED),
    (0x64, 0x0C, 0x0C, _P.CONSTRAINED_HIGH),
    (0x64, 0x00, 0x00, _P.HIGH),
    (0x6E, 0x00, 0x00, _P.HIGH_10),
    (0x7A, 0x00, 0x00, _P.HIGH_422),
    (0xF4, 0x00, 0x00, _P.HIGH_444),
)
_CONSTRAINED_DECODERS = (_P.CONSTRAINED_BASELINE, _P.BASELINE, _P.MAIN, _P.CONSTRAINED_HIGH, _P.HIGH, _P.EXTENDED)
# Chromium lists what its encoder makes, yet its decoder (FFmpeg's, or the GPU's) plays Main and High under any of
# these; OBS and FFmpeg publish High by default, and refusing it would leave those viewers with HLS alone.
_FREE_DECODERS = (_P.MAIN, _P.CONSTRAINED_BASELINE, _P.BASELINE)
# For each profile of a stream, the decoders that play it, the closest first. No encoder for live video uses what
# Baseline has beyond Constrained Baseline, and Safari offers only the latter, so both count as the constrained one.
_DECODERS = {
    _P.CONSTRAINED_BASELINE: _CONSTRAINED_DECODERS,
    _P.BASELINE: (_P.BASELINE, *(p for p in _CONSTRAINED_DECODERS if p is not _P.BASELINE)),
    _P.EXTENDED: (_P.EXTENDED,),
    _P.MAIN: (_P.MAIN, _P.HIGH, *_FREE_DECODERS),
    _P.CONSTRAINED_HIGH: (_P.CONSTRAINED_HIGH, _P.HIGH, *_FREE_DECODERS),
    _P.HIGH: (_P.HIGH, _P.CONSTRAINED_HIGH, *_FREE_DECODERS),
    # Decoders in hardware take none of these unless they say so.
    _P.HIGH_10: (_P.HIGH_10, _P.HIGH_422, _P.HIGH_444),
    _P.HIGH_422: (_P.HIGH_422, _P.HIGH_444),
    _P.HIGH_444: (_P.HIGH_444,),
}
_RARE = frozenset({_P.HIGH_10, _P.HIGH_422, _P.HIGH_444})
_OTHERS = ("VP8", "VP9", "AV1", "H265")
# What tells apart the variants of other codecs: parameter and default.
_VARIANT = {"VP9": ("profile-id", "0"), "AV1": ("profile", "0"), "H265": ("profile-id", "1")}


def h264_profile(codec: Codec) -> H264Profile | None:
    """The profile that `profile-level-id` names; None when it is malformed or one we do not know."""
    text = codec.fmtp.get("profile-level-id", _DEFAULT_PROFILE_LEVEL_ID)
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", text):
        return None
    idc, iop = int(text[:2], 16), int(text[2:4], 16)
    return next((p for known, mask, value, p in _PATTERNS if known == idc and iop & mask == value), None)


def packetization_mode(codec: Codec) -> str:
    """RFC 6184 §8.1: "0" single NAL units, "1" non-interleaved, "2" interleaved."""
    return codec.fmtp.get("packetization-mode", "0")


def describe(codec: Codec) -> str:
    """The codec's name as a person would say it, the H.264 profile included."""
    profile = h264_profile(codec) if codec.name == "H264" else None
    return f"H264 {profile.value}" if profile else codec.name


def find_decoder(source: Codec, offered: Iterable[Codec]) -> Codec | None:
    """The codec among those a viewer offers under which `source` can be sent as it is; None when there is none.

    H.264 levels are not compared: browsers name 3.1 and decode more, and a stream's level is not known beforehand.
    """
    same = [c for c in offered if c.name == source.name and c.clock_rate == source.clock_rate]
    if source.name == "H264":
        return _find_h264(source, same)
    if source.name in _VARIANT:
        parameter, default = _VARIANT[source.name]
        wanted = source.fmtp.get(parameter, default)
        same = [c for c in same if c.fmtp.get(parameter, default) == wanted]
    return same[0] if same else None


def _find_h264(source: Codec, offered: list[Codec]) -> Codec | None:
    profile = h264_profile(source)
    if profile is None:
        return None
    decoders = _DECODERS[profile]
    # A decoder of mode 1 also takes single NAL units; the reverse does not hold (RFC 6184 §6.2 and §6.3).
    modes = ("1",) if packetization_mode(source) == "1" else ("0", "1")
    playable = [c for c in offered if packetization_mode(c) in modes and h264_profile(c) in decoders]
    return min(playable, key=lambda c: _decoder_rank(c, decoders), default=None)


def _decoder_rank(codec: Codec, decoders: tuple[H264Profile, ...]) -> int:
    profile = h264_profile(codec)
    return decoders.index(profile) if profile in decoders else len(decoders)


def publisher_rank(codec: Codec) -> int | None:
    """How much we want a publisher to send this codec, 0 the most; None when we cannot take it.

    H.264 comes first because LL-HLS carries it; Constrained Baseline because every viewer decodes it. Profiles of more
    than 8 bits or 4:2:0 come last: few decode them.
    """
    if codec.clock_rate != 90_000:
        return None
    if codec.name == "H264":
        profile, mode = h264_profile(codec), packetization_mode(codec)
        if profile is None or mode not in ("0", "1"):
            return None
        if profile in _RARE:
            return 3 + len(_OTHERS)
        return (0 if profile is H264Profile.CONSTRAINED_BASELINE else 1) if mode == "1" else 2
    return 3 + _OTHERS.index(codec.name) if codec.name in _OTHERS else None
