"""Answers to those who watch (WHEP): we send what the room has, under the viewer's payload types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from media_server.rtp.extensions import ExtensionMap
from media_server.sdp.answer import (
    OFFER_RECEIVES,
    AnsweredSection,
    agreed_extensions,
    agreed_feedback,
    dtls_role,
    offers_to_receive,
    write_answer,
)
from media_server.sdp.errors import unacceptable
from media_server.sdp.profiles import describe, find_decoder
from media_server.sdp.shapes import (
    ABS_CAPTURE_TIME,
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    MID,
    PLAYOUT_DELAY,
    TRANSPORT_CC,
    VIDEO_ORIENTATION,
    Answer,
    Codec,
    DataPort,
    Kind,
    LocalTransport,
    Offer,
    Section,
    SentTrack,
    Source,
)

_FEEDBACK = {"audio": ("nack",), "video": ("nack", "nack pli", "ccm fir", "goog-remb")}
_TRANSPORT_CC_FEEDBACK = "transport-cc"
_EXTENSIONS = (
    MID,
    ABS_SEND_TIME,
    ABS_CAPTURE_TIME,
    AUDIO_LEVEL,
    VIDEO_ORIENTATION,
    PLAYOUT_DELAY,
    DEPENDENCY_DESCRIPTOR,
)
_MAX_MID_BYTES = 16
"""What the one-byte form holds; a longer one would make every block of the section a longer one."""
_MINPTIME = re.compile(r"[1-9][0-9]?")
_OPUS_STEREO = {"minptime": "10", "useinbandfec": "1", "stereo": "1", "sprop-stereo": "1"}


def answer_viewer(
    offer: Offer,
    local: LocalTransport,
    sources: Sequence[Source],
    *,
    stream_id: str,
    cname: str,
    ssrcs: Mapping[Kind, tuple[int, int]],
    data: DataPort | None = None,
    with_transport_cc: bool = False,
) -> Answer[SentTrack]:
    """Give each source to the first section of its kind that receives; the room has at most one source of a kind.

    `stream_id` names the MediaStream and `cname` the clock the tracks share (both tokens); `ssrcs` holds, for each
    kind, the SSRC of the media and that of its retransmissions. A section for which the room has nothing stays open
    but inactive. `data` is where we take messages, when we do. `with_transport_cc`: packets are numbered for the
    transport and the viewer reports on each, where it can. Raises SdpError "unacceptable", naming the codec when the
    viewer cannot take a source's.
    """
    waiting: dict[str, Source] = {source.kind: source for source in sources}
    sections: list[AnsweredSection] = []
    tracks: list[SentTrack] = []
    peer_data: DataPort | None = None
    for offered in offer.sections:
        if data is not None and peer_data is None and offered.data is not None and offered.is_offered:
            peer_data = offered.data
            sections.append(AnsweredSection(offered, data=data))
            continue
        source = waiting.pop(offered.kind, None) if offers_to_receive(offered) else None
        if source is None:
            sections.append(_without_source(offered, {source.kind for source in sources}))
            continue
        track = _track(offered, source, ssrcs[source.kind], with_transport_cc=with_transport_cc)
        lines = _source_lines(track, stream_id, cname)
        if offered.ptime_ms is not None:
            # Packets are sent as the source made them; a player that asked for short ones does so to be sent those.
            lines.append(f"a=ptime:{offered.ptime_ms}")
        sections.append(AnsweredSection(offered, track.codec, "sendonly", dict(track.extensions.ids), lines=lines))
        tracks.append(track)
    if not tracks:
        raise unacceptable("the offer receives nothing of what the stream has")
    return Answer(write_answer(offer, local, sections), dtls_role(offer), tuple(tracks), peer_data)


def _without_source(offered: Section, room: set[Kind]) -> AnsweredSection:
    """Inactive when the room lacks that kind, so that the section BUNDLE tagged stays; else it is one too many."""
    if offered.kind in room or not offered.codecs or not offered.is_offered:
        return AnsweredSection(offered)
    return AnsweredSection(
        offered, replace(offered.codecs[0], feedback=(), rtx_payload_type=None, red_payload_type=None)
    )


def _track(offered: Section, source: Source, ssrcs: tuple[int, int], *, with_transport_cc: bool) -> SentTrack:
    found = find_decoder(source.codec, offered.codecs)
    if found is None:
        raise unacceptable(f"the stream's {source.kind} is {describe(source.codec)}, which the offer does not take")
    feedback = _FEEDBACK[source.kind]
    extensions = _extensions(offered, found, with_transport_cc=with_transport_cc)
    if extensions.id_of(TRANSPORT_CC) is not None:
        feedback = (*feedback, _TRANSPORT_CC_FEEDBACK)
    codec = replace(
        found,
        fmtp=_opus_stereo(found) if found.name == "opus" else found.fmtp,
        feedback=agreed_feedback(found, feedback),
        # Redundancy costs as much again, and is for those streams whose source pays it too.
        red_payload_type=found.red_payload_type if source.codec.red_payload_type is not None else None,
    )
    return SentTrack(
        kind=source.kind,
        mid=offered.mid,
        codec=codec,
        ssrc=ssrcs[0],
        rtx_ssrc=_rtx_ssrc(codec, ssrcs[1]),
        extensions=extensions,
    )


def _extensions(offered: Section, codec: Codec, *, with_transport_cc: bool) -> ExtensionMap:
    """What we send of what is offered to be received."""
    agreed = agreed_extensions(offered, (*_EXTENSIONS, TRANSPORT_CC), OFFER_RECEIVES)
    if not with_transport_cc or _TRANSPORT_CC_FEEDBACK not in codec.feedback:
        # Numbers without reports on them are of no use; nor are reports without numbers.
        agreed.pop(TRANSPORT_CC, None)
    if "nack" in codec.feedback and codec.rtx_payload_type is None:
        # Packets are sent again under their own numbers: see `ExtensionMap.is_repeatable`.
        agreed.pop(ABS_SEND_TIME, None)
        agreed.pop(TRANSPORT_CC, None)
    mid = offered.mid.encode()
    if len(mid) > _MAX_MID_BYTES:
        agreed.pop(MID, None)
        mid = b""
    if not offered.allow_mixed:
        # Key frames carry structures that only the two-byte form holds, and the others mean nothing without them.
        agreed.pop(DEPENDENCY_DESCRIPTOR, None)
    return ExtensionMap(tuple(agreed.items()), mid if MID in agreed else b"", offered.allow_mixed)


def _opus_stereo(offered: Codec) -> dict[str, str]:
    """RFC 7587 §6.1, with the shortest packet that the viewer named."""
    minptime = offered.fmtp.get("minptime", "")
    return _OPUS_STEREO | ({"minptime": minptime} if _MINPTIME.fullmatch(minptime) else {})


def _rtx_ssrc(codec: Codec, ssrc: int) -> int | None:
    return None if codec.rtx_payload_type is None else ssrc


def _source_lines(track: SentTrack, stream_id: str, cname: str) -> list[str]:
    """RFC 8830 and RFC 5576; each SSRC is said with its CNAME, so that audio and video are played in step."""
    lines = [f"a=msid:{stream_id} {stream_id}-{track.kind}"]
    if track.rtx_ssrc is not None:
        lines.append(f"a=ssrc-group:FID {track.ssrc} {track.rtx_ssrc}")
    return lines + [f"a=ssrc:{ssrc} cname:{cname}" for ssrc in (track.ssrc, track.rtx_ssrc) if ssrc is not None]
