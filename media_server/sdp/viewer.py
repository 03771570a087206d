"""Answers to those who watch (WHEP): we send what the room has, under the viewer's payload types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from media_server.sdp.answer import (
    AnsweredSection,
    agreed_feedback,
    dtls_role,
    offers_to_receive,
    write_answer,
)
from media_server.sdp.errors import unacceptable
from media_server.sdp.profiles import describe, find_decoder
from media_server.sdp.shapes import (
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

# No header extension is agreed, since none is written towards viewers, and so no feedback that is built on one.
_FEEDBACK = {"audio": ("nack",), "video": ("nack", "nack pli", "ccm fir")}
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
) -> Answer[SentTrack]:
    """Give each source to the first section of its kind that receives; the room has at most one source of a kind.

    `stream_id` names the MediaStream and `cname` the clock the tracks share (both tokens); `ssrcs` holds, for each
    kind, the SSRC of the media and that of its retransmissions. A section for which the room has nothing stays open
    but inactive. `data` is where we take messages, when we do. Raises SdpError "unacceptable", naming the codec when
    the viewer cannot take a source's.
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
        track = _track(offered, source, ssrcs[source.kind])
        lines = _source_lines(track, stream_id, cname)
        if offered.ptime_ms is not None:
            # Packets are sent as the source made them; a player that asked for short ones does so to be sent those.
            lines.append(f"a=ptime:{offered.ptime_ms}")
        sections.append(AnsweredSection(offered, track.codec, "sendonly", lines=lines))
        tracks.append(track)
    if not tracks:
        raise unacceptable("the offer receives nothing of what the stream has")
    return Answer(write_answer(offer, local, sections), dtls_role(offer), tuple(tracks), peer_data)


def _without_source(offered: Section, room: set[Kind]) -> AnsweredSection:
    """Inactive when the room lacks that kind, so that the section BUNDLE tagged stays; else it is one too many."""
    if offered.kind in room or not offered.codecs or not offered.is_offered:
        return AnsweredSection(offered)
    return AnsweredSection(offered, replace(offered.codecs[0], feedback=(), rtx_payload_type=None))


def _track(offered: Section, source: Source, ssrcs: tuple[int, int]) -> SentTrack:
    codec = find_decoder(source.codec, offered.codecs)
    if codec is None:
        raise unacceptable(f"the stream's {source.kind} is {describe(source.codec)}, which the offer does not take")
    codec = replace(
        codec,
        fmtp=_opus_stereo(codec) if codec.name == "opus" else codec.fmtp,
        feedback=agreed_feedback(codec, _FEEDBACK[source.kind]),
    )
    return SentTrack(
        kind=source.kind,
        mid=offered.mid,
        codec=codec,
        ssrc=ssrcs[0],
        rtx_ssrc=_rtx_ssrc(codec, ssrcs[1]),
    )


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
