"""Which form of a stream a viewer's offer can take."""

from __future__ import annotations

from media_server.router.producer import Kind
from media_server.router.room import Room
from media_server.router.track import Track
from media_server.sdp import Codec, Offer, Source
from media_server.sdp.answer import offers_to_receive
from media_server.sdp.profiles import find_decoder


def fitting(room: Room, offer: Offer) -> tuple[tuple[Source, ...], dict[Kind, Track]]:
    """The room's sources and tracks, but for each kind that the offer cannot take the alternative, when it can that."""
    sources, tracks = {source.kind: source for source in room.sources}, dict(room.tracks)
    for kind, (alternative, track) in room.alternatives.items():
        if not _takes(offer, kind, sources[kind].codec) and _takes(offer, kind, alternative.codec):
            sources[kind], tracks[kind] = alternative, track
    return tuple(sources.values()), tracks


def _takes(offer: Offer, kind: Kind, codec: Codec) -> bool:
    """Whether the section that would carry it, the first of its kind that receives, has a decoder for it."""
    sections = (section for section in offer.sections if section.kind == kind and offers_to_receive(section))
    section = next(sections, None)
    return section is not None and find_decoder(codec, section.codecs) is not None
