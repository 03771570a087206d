"""How well a stream comes, by its frames alone: of RTMP, SRT and WHIP alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from media_server.codecs import h264
from media_server.codecs.errors import CodecError
from media_server.hub.frames import CLOCK_RATE, Frame, Kind, Track, TrackFormat
from media_server.ingest.findings import Finding, Findings, Level
from media_server.ingest.measures import TrackMeasure

KEYFRAMES_FAR_S: Final = 2.5
KEYFRAMES_TOO_FAR_S: Final = 5.0
UNEVEN: Final = 1.5
"""The longest of the newest intervals against the shortest; half a second between them is no harm."""
UNEVEN_S: Final = 0.5
PROMISE_KEPT: Final = 0.7
SLOW_BPS: Final = 2_000_000
BEHIND_S: Final = 1.5
LOW_FRAME_RATE: Final = 20.0
FRAME_RATE_KEPT: Final = 0.8
DROPPED: Final = 0.02
DROPPED_MANY: Final = 0.1
DRIFT_S: Final = 0.3
DRIFT_MUCH_S: Final = 1.0
MISSING_S: Final = 5.0
STALLED_S: Final = 3.5


class StreamHealth:
    """A `HubListener`; `poll` about each second. Looks at the first picture and the first sound of the source."""

    def __init__(self) -> None:
        self._tracks: dict[Kind, Track] = {}
        self._measures: dict[Kind, TrackMeasure] = {}
        self._findings = Findings()
        self._first_at: float | None = None
        """Of the first frame since the source began."""
        self._last_at: float | None = None
        """Of the newest frame of the stream."""
        self._now = 0.0
        self._skews: list[float] = []

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        first: dict[Kind, Track] = {}
        for track in sorted((each for each in tracks if each.origin == "source"), key=lambda each: len(each.track_id)):
            first.setdefault(track.kind, track)
        self._tracks = first

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        first = self._tracks.get(track.kind)
        # Comparing tracks costs more than all else here, and it is the same object unless it is told of anew.
        if first is not track and first != track:
            return
        if self._first_at is None:
            self._first_at = now
        self._last_at = now
        measure = self._measures.get(track.kind)
        if measure is None:
            measure = self._measures[track.kind] = TrackMeasure()
        measure.frame(frame, now=now)

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`."""
        self._measures = {}
        self._skews = []
        self._first_at = None
        self._findings.clear()

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self.on_interrupt(now=now)
        self._last_at = None

    def poll(self, *, now: float) -> None:
        """Measure, and judge."""
        self._now = now
        for measure in self._measures.values():
            measure.look(now=now)
        if self._last_at is not None:
            self._findings.look(self._found(now, self._last_at), now=now)

    def state(self) -> dict[str, Any] | None:
        """`health` of a room in a worker's snapshot; None before anything has come, and after the end."""
        if self._last_at is None:
            return None
        video = self._measures.get("video")
        intervals = video.key_intervals_s() if video is not None else []
        return {
            "level": self._findings.level,
            "bitrate_bps": sum(measure.bitrate_bps(now=self._now) for measure in self._measures.values()),
            "fps": round(video.frame_rate, 1) if video is not None else 0.0,
            "keyframe_s": round(max(intervals[-2:], default=0.0), 2),
            "findings": [finding.told() for finding in self._findings.told],
        }

    def _found(self, now: float, last_at: float) -> Iterator[Finding]:
        if now - last_at > STALLED_S:
            yield Finding("STALLED", "bad", f"Nothing has come for {now - last_at:.0f} s.")
            return
        yield from self._missing(now)
        video, track = self._measures.get("video"), self._tracks.get("video")
        if video is None or track is None:
            return
        yield from _key_frames(video)
        if track.format.reorders:
            yield Finding(
                "B_FRAMES",
                "fair",
                "The encoder uses B-frames. Viewers with the lowest delay cannot show them, so the picture is encoded "
                "a second time for them.",
            )
        yield from _upload(video, track, now)
        yield from _frame_rate(video, track.format)
        yield from self._drift(video)

    def _missing(self, now: float) -> Iterator[Finding]:
        if self._first_at is None or now - self._first_at < MISSING_S:
            return
        sound, picture = self._measures.get("audio"), self._measures.get("video")
        if sound is None or now - (sound.last_at or 0.0) > MISSING_S:
            yield Finding("NO_AUDIO", "fair", "No sound comes.")
        if picture is None or now - (picture.last_at or 0.0) > MISSING_S:
            yield Finding("NO_VIDEO", "fair", "No picture comes.")

    def _drift(self, video: TrackMeasure) -> Iterator[Finding]:
        audio = self._measures.get("audio")
        if audio is None or audio.last_at is None or self._now - audio.last_at > 1.0:
            return
        self._skews = [*self._skews[-9:], (video.last_dts - audio.last_dts) / CLOCK_RATE]
        skew = sorted(self._skews)[len(self._skews) // 2]
        if len(self._skews) >= 3 and abs(skew) > DRIFT_S:
            which = "The sound comes behind the picture" if skew > 0 else "The picture comes behind the sound"
            level: Level = "bad" if abs(skew) > DRIFT_MUCH_S else "fair"
            yield Finding("AUDIO_VIDEO_DRIFT", level, f"{which}, by {abs(skew):.1f} s.")


def _key_frames(video: TrackMeasure) -> Iterator[Finding]:
    intervals = video.key_intervals_s()
    if not intervals:
        return
    longest, shortest = max(intervals), min(intervals)
    if longest > KEYFRAMES_FAR_S:
        level: Level = "bad" if longest > KEYFRAMES_TOO_FAR_S else "fair"
        message = f"Key frames come every {longest:.1f} s. Viewers wait for one before they see a picture."
        yield Finding("KEYFRAMES_FAR_APART", level, message)
    if len(intervals) >= 3 and longest > UNEVEN * shortest and longest - shortest > UNEVEN_S:
        message = (
            f"Key frames come after {shortest:.1f} s, and after {longest:.1f} s. Even ones make steadier playback."
        )
        yield Finding("KEYFRAMES_UNEVEN", "fair", message)


def _upload(video: TrackMeasure, track: Track, now: float) -> Iterator[Finding]:
    if video.span_s < 4.0:
        return
    bitrate, behind = video.bitrate_bps(now=now), video.behind_s
    suffers = video.missing > DROPPED or behind > BEHIND_S
    promised = track.bitrate_bps or 0
    # A quiet picture needs little: what is below the promise is no fault as long as every frame comes in time.
    if bitrate < PROMISE_KEPT * promised and suffers:
        message = (
            f"{_mbit(bitrate)} of {_mbit(promised)} arrive: the way to here does not carry what the encoder makes."
        )
        yield Finding("BITRATE_BELOW_PROMISE", "bad", message)
    if behind > BEHIND_S:
        yield Finding(
            "UPLOAD_TOO_SLOW", "bad", f"The picture arrives {behind:.1f} s later than it did: the upload is full."
        )
    elif bitrate < SLOW_BPS:
        level: Level = "bad" if suffers else "fair"
        yield Finding(
            "UPLOAD_TOO_SLOW", level, f"The picture comes with {_mbit(bitrate)}; from 2 Mbit/s on it is a good one."
        )


def _frame_rate(video: TrackMeasure, track_format: TrackFormat) -> Iterator[Finding]:
    rate, missing = video.frame_rate, video.missing
    if missing > DROPPED:
        level: Level = "bad" if missing > DROPPED_MANY else "fair"
        yield Finding("FRAMES_DROPPED", level, f"{100 * missing:.0f} % of the frames are missing.")
    promised = _promised_frame_rate(track_format)
    if 0 < rate < LOW_FRAME_RATE:
        yield Finding("FRAME_RATE_LOW", "fair", f"{rate:.0f} frames a second come; motion is smooth from 25 on.")
    elif promised and 0 < rate < FRAME_RATE_KEPT * promised:
        yield Finding("FRAME_RATE_LOW", "fair", f"{rate:.0f} of {promised:.0f} frames a second come.")


def _promised_frame_rate(track_format: TrackFormat) -> float | None:
    if track_format.codec != "h264":
        return None
    try:
        return h264.parse_sequence_parameters(h264.parse_avcc(track_format.config).sps[0]).frame_rate
    except CodecError:
        return None


def _mbit(bitrate_bps: float) -> str:
    return f"{bitrate_bps / 1e6:.1f} Mbit/s"
