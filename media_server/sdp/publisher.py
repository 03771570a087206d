"""Answers to those who publish (WHIP, RFC 9725 §4.2): one audio and one video track, which we only receive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from media_server.sdp.answer import (
    AnsweredSection,
    agreed_extensions,
    agreed_feedback,
    dtls_role,
    offers_to_send,
    write_answer,
)
from media_server.sdp.encodings import simulcast_lines
from media_server.sdp.errors import unacceptable
from media_server.sdp.profiles import RECEIVED_H264_LEVEL, publisher_rank
from media_server.sdp.shapes import (
    ABS_CAPTURE_TIME,
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    MID,
    PLAYOUT_DELAY,
    REPAIRED_RTP_STREAM_ID,
    RTP_STREAM_ID,
    TRANSPORT_CC,
    Answer,
    Codec,
    Encoding,
    Kind,
    LocalTransport,
    Offer,
    ReceivedTrack,
    Section,
)

DEFAULT_OPUS_BITRATE_BPS = 192_000
DEFAULT_VIDEO_BITRATE_BPS = 8_000_000
MAX_LAYERS = 4

# Video orientation is left out on purpose: a browser without it turns the pixels itself.
_EXTENSIONS = (
    MID,
    RTP_STREAM_ID,
    REPAIRED_RTP_STREAM_ID,
    ABS_SEND_TIME,
    TRANSPORT_CC,
    AUDIO_LEVEL,
    ABS_CAPTURE_TIME,
    DEPENDENCY_DESCRIPTOR,
    PLAYOUT_DELAY,
)
_AUDIO_FEEDBACK = ("nack", "transport-cc")
_VIDEO_FEEDBACK = ("nack", "nack pli", "ccm fir", "transport-cc", "goog-remb")


def answer_publisher(
    offer: Offer,
    local: LocalTransport,
    *,
    opus_bitrate_bps: int = DEFAULT_OPUS_BITRATE_BPS,
    video_bitrate_bps: int = DEFAULT_VIDEO_BITRATE_BPS,
    max_layers: int = MAX_LAYERS,
) -> Answer[ReceivedTrack]:
    """Take the first audio and the first video section that has a codec of ours; reject the others.

    Simulcast is taken as it is offered, the first `max_layers` of it. Raises SdpError "unacceptable", also when a
    whole kind of media would be lost in silence.
    """
    sections: list[AnsweredSection] = []
    tracks: list[ReceivedTrack] = []
    for offered in offer.sections:
        kind: Kind | None = "audio" if offered.kind == "audio" else "video" if offered.kind == "video" else None
        if kind is None or not offers_to_send(offered) or any(track.kind == kind for track in tracks):
            sections.append(AnsweredSection(offered))
            continue
        chosen = _opus(offered.codecs, opus_bitrate_bps) if kind == "audio" else _video(offered.codecs)
        if chosen is None:
            sections.append(AnsweredSection(offered))
            continue
        extensions = agreed_extensions(offered, _EXTENSIONS)
        bandwidth_bps = video_bitrate_bps if kind == "video" else None
        layers = _layers(offered, chosen, extensions, max_layers if kind == "video" else 1)
        track = ReceivedTrack(kind, offered.mid, chosen, layers, extensions)
        lines = simulcast_lines(track.layers)
        sections.append(AnsweredSection(offered, chosen, "recvonly", extensions, bandwidth_bps, lines))
        tracks.append(track)
    _check_kinds(offer, tracks)
    return Answer(write_answer(offer, local, sections), dtls_role(offer), tuple(tracks))


def _layers(offered: Section, codec: Codec, extensions: Mapping[str, int], limit: int) -> tuple[Encoding, ...]:
    """What of the offered encodings is taken; sound has one, and rids need the extension that carries them."""
    encodings = offered.encodings[:limit]
    if encodings[0].rid is not None and (limit == 1 or RTP_STREAM_ID not in extensions):
        return (Encoding(),)
    if codec.rtx_payload_type is None:
        return tuple(replace(encoding, rtx_ssrc=None) for encoding in encodings)
    return encodings


def _check_kinds(offer: Offer, tracks: Sequence[ReceivedTrack]) -> None:
    taken = {track.kind for track in tracks}
    for section in offer.sections:
        if section.kind in ("audio", "video") and section.kind not in taken and offers_to_send(section):
            names = ", ".join(dict.fromkeys(codec.name for codec in section.codecs)) or "none"
            wanted = "Opus" if section.kind == "audio" else "H264, VP8, VP9, AV1 or H265"
            raise unacceptable(f"no usable {section.kind} codec: offered {names}; we take {wanted}")
    if not tracks:
        raise unacceptable("the offer sends neither audio nor video")


def _opus(codecs: Sequence[Codec], bitrate_bps: int) -> Codec | None:
    """Opus with the settings for music: stereo, no gaps in silence, and a bitrate for cymbals (RFC 7587 §6.1)."""
    fmtp = {
        "minptime": "10",
        "useinbandfec": "1",
        "stereo": "1",
        "sprop-stereo": "1",
        "maxaveragebitrate": str(bitrate_bps),
        "usedtx": "0",
    }
    for codec in codecs:
        if codec.name == "opus" and codec.clock_rate == 48_000 and codec.channels == 2:
            return replace(codec, fmtp=fmtp, feedback=agreed_feedback(codec, _AUDIO_FEEDBACK))
    return None


def _video(codecs: Sequence[Codec]) -> Codec | None:
    ranked = [(rank, codec) for codec in codecs if (rank := publisher_rank(codec)) is not None]
    if not ranked:
        return None
    codec = min(ranked, key=lambda pair: pair[0])[1]
    # What begins with sprop- describes the sender's stream and has no place in a receiver's answer (RFC 6184 §8.1).
    fmtp = {key: value for key, value in codec.fmtp.items() if not key.startswith("sprop-")}
    if codec.name == "H264" and fmtp.get("level-asymmetry-allowed") == "1" and "profile-level-id" in fmtp:
        # RFC 6184 §8.2.2: the level is what we can receive. Hardware encoders hold the picture to it.
        level = max(int(fmtp["profile-level-id"][4:], 16), RECEIVED_H264_LEVEL)
        fmtp["profile-level-id"] = f"{fmtp['profile-level-id'][:4]}{level:02x}"
    return replace(codec, fmtp=fmtp, feedback=agreed_feedback(codec, _VIDEO_FEEDBACK))
