"""Which derived tracks a room is to have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from media_server.hub.frames import Track
from media_server.transcode.renditions import Rendition, in_full, ladder

FOR_WEBRTC: Final = "video:webrtc"
FOR_HLS: Final = "video:h264"
SOUND_FOR_WEBRTC: Final = "audio:opus"
LINGER_S: Final = 15.0
"""What the last viewer watched is made for this long after: viewers come and go, and load pages anew."""

LadderState = Literal["off", "on", "no_room", "not_needed"]


@dataclass(frozen=True, slots=True)
class PictureWork:
    """What is to be made of one source track. `needed` some have no picture without; `rungs` are for slow lines."""

    source: Track
    needed: tuple[Rendition, ...] = ()
    rungs: tuple[Rendition, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """`opus_from` is the id of the track that Opus is to be made of."""

    pictures: PictureWork | None
    opus_from: str | None
    ladder: LadderState


class Conversions:
    """Sans-IO: told the tracks, what viewers are short of and what the control plane wants, it gives a plan.

    - Opus, and H.264 without B-frames (FOR_WEBRTC), as long as somebody over WebRTC is sent it.
    - H.264 (FOR_HLS) of a source that has none, always: players and platforms beside the newest take nothing else.
    - A ladder where it is wanted, unless the source brings several pictures itself.
    """

    def __init__(self) -> None:
        self._sources: tuple[Track, ...] = ()
        self._wants_ladder = False
        self._wanted_at: dict[str, float] = {}

    def set_tracks(self, tracks: Sequence[Track]) -> None:
        """The tracks there are."""
        self._sources = tuple(track for track in tracks if track.origin == "source")

    def want_ladder(self, is_wanted: bool) -> None:
        """What the control plane wants."""
        self._wants_ladder = is_wanted

    def watched(self, track_ids: Collection[str], *, now: float) -> None:
        """The derived tracks that viewers over WebRTC are sent at present, or would be."""
        for track_id in track_ids:
            self._wanted_at[track_id] = now

    def plan(self, *, now: float) -> Plan:
        """What there is to be."""
        sound = next((track for track in self._sources if track.kind == "audio"), None)
        makes_opus = sound is not None and sound.format.codec != "opus" and self._is_wanted(SOUND_FOR_WEBRTC, now)
        return Plan(self._pictures(now), sound.track_id if sound is not None and makes_opus else None, self._ladder())

    def _pictures(self, now: float) -> PictureWork | None:
        videos = self._videos()
        if not videos:
            return None
        source = _source_for_all(videos)
        needed: list[Rendition] = []
        if all(track.format.codec != "h264" for track in videos):
            needed.append(in_full(source, FOR_HLS, from_key=False))
        elif self._is_wanted(FOR_WEBRTC, now):
            needed.append(in_full(source, FOR_WEBRTC, from_key=False))
        rungs = ladder(source) if self._ladder() == "on" else ()
        return PictureWork(source, tuple(needed), rungs) if needed or rungs else None

    def _ladder(self) -> LadderState:
        if not self._wants_ladder:
            return "off"
        videos = self._videos()
        if len(videos) != 1 or not ladder(videos[0]):
            return "not_needed"
        return "on"

    def _videos(self) -> list[Track]:
        """Those whose size is known: there is nothing to be made of others yet."""
        return [track for track in self._sources if track.kind == "video" and track.format.width > 0]

    def _is_wanted(self, track_id: str, now: float) -> bool:
        wanted_at = self._wanted_at.get(track_id)
        return wanted_at is not None and now - wanted_at <= LINGER_S


def _source_for_all(videos: Sequence[Track]) -> Track:
    """The largest up to what is made in full, since more pixels only cost more; of equal ones the richest."""

    def rank(track: Track) -> tuple[bool, int, int]:
        lines = min(track.format.width, track.format.height)
        return lines <= 1080, lines if lines <= 1080 else -lines, track.bitrate_bps or 0

    return max(videos, key=rank)
