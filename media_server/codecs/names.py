"""Names of codecs as playlists and MIME types have them (RFC 6381, and the registrations of each format)."""

from __future__ import annotations

from media_server.codecs.aac import PS, SBR, parse_audio_specific_config
from media_server.codecs.av1 import parse_av1c
from media_server.codecs.errors import CodecError
from media_server.codecs.vp9 import parse_vpcc


def codec_string(codec: str, config: bytes) -> str:
    """The RFC 6381 name of `codec` (h264, hevc, av1, vp8, vp9, aac, opus or mp3) with its configuration record.

    Raises CodecError.
    """
    if codec == "h264":
        if len(config) < 7 or config[0] != 1:
            raise CodecError("not an avcC record")
        return f"avc1.{config[1:4].hex()}"
    if codec == "hevc":
        return _hevc(config)
    if codec == "av1":
        header = parse_av1c(config)
        return f"av01.{header.profile}.{header.level:02}{'H' if header.tier else 'M'}.{header.bit_depth:02}"
    if codec == "vp9":
        record = parse_vpcc(config)
        return f"vp09.{record.profile:02}.{record.level:02}.{record.bit_depth:02}"
    if codec == "aac":
        sound = parse_audio_specific_config(config)
        return f"mp4a.40.{PS if sound.has_ps else SBR if sound.has_sbr else sound.object_type}"
    names = {"vp8": "vp08.00.10.08", "opus": "opus", "mp3": "mp4a.40.34"}
    if codec not in names:
        raise CodecError(f"{codec} has no name")
    return names[codec]


def _hevc(config: bytes) -> str:
    """ISO/IEC 14496-15 annex E.3: hvc1, profile, compatibility bits in reverse, tier and level, constraints."""
    if len(config) < 23 or config[0] != 1:
        raise CodecError("not an hvcC record")
    space, tier, profile = config[1] >> 6, config[1] >> 5 & 1, config[1] & 0x1F
    compatibility = int(f"{int.from_bytes(config[2:6], 'big'):032b}"[::-1], 2)
    constraints = config[6:12].rstrip(b"\x00")
    parts = [
        "hvc1",
        f"{'' if space == 0 else 'ABC'[space - 1]}{profile}",
        f"{compatibility:X}",
        f"{'H' if tier else 'L'}{config[12]}",
        *(f"{byte:X}" for byte in constraints),
    ]
    return ".".join(parts)
