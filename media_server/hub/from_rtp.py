"""What publishers send as RTP, as frames of the room's hub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from media_server.hub.audio_from_rtp import OPUS_FORMAT, AudioFromRtp
from media_server.hub.frames import CLOCK_RATE, Frame, Kind, Track, TrackFormat
from media_server.hub.hub import Hub
from media_server.hub.layer_from_rtp import CODECS, MAX_LAYERS, SILENT_S, LayerFromRtp
from media_server.hub.pictures import PICTURES
from media_server.hub.rtp_clock import CLOCK_JUMP_S, MediaTimeline
from media_server.hub.video_from_rtp import VideoFromRtp
from media_server.rtp.assembly import AccessUnit
from media_server.rtp.packet import RtpPacket
from media_server.rtp.reorder import DEFAULT_WAIT_S

VIDEO_ID: Final = "video"
AUDIO_ID: Final = "audio"
MAX_AHEAD_S: Final = 5.0
"""Sound that claims to be this much ahead of the picture is left out."""

_OPUS: Final = "opus"


@dataclass(slots=True)
class _Newest:
    """Of the present epoch: the newest `dts` of each track, and how far the stream has come in seconds."""

    video: int | None = None
    audio: int | None = None
    seconds: float = float("-inf")


class RtpSource:
    """Sans-IO: fed RTP in arrival order and polled each few milliseconds, writes picture and sound to `hub`.

    The picture's RTP clock, or the sound's where there is none, is the clock of an epoch; the other follows by sender
    reports, by arrival until there are any. An epoch begins with a key frame and its format; sound before that is left
    out. It ends when the publisher is lost, when another comes, and when a clock jumps. `request_keyframe` is called
    when pictures were lost, `request_of_layer` when a lower layer needs one; whoever gets it merges and throttles.

    Lower layers of the picture are tracks beside it (`video:1`, …) for as long as they come.
    """

    def __init__(
        self,
        hub: Hub,
        *,
        request_keyframe: Callable[[], None],
        request_of_layer: Callable[[int], None] = lambda place: None,
        reorder_wait_s: float = DEFAULT_WAIT_S,
    ) -> None:
        self._hub = hub
        self._request_of_layer = request_of_layer
        self._request_keyframe = request_keyframe
        self._reorder_wait_s = reorder_wait_s
        self._video_codec: str | None = None
        self._has_audio = False
        self._reset()

    def set_tracks(self, *, video_codec: str | None, audio_codec: str | None, now: float) -> None:
        """What a publisher who has just come sends, by the names of SDP. What it sends has a clock of its own.

        Codecs that are not taken are as if they were not sent.
        """
        names = {name.lower(): name for name in PICTURES}
        self._video_codec = names.get(video_codec.lower()) if video_codec is not None else None
        self._has_audio = audio_codec is not None and audio_codec.lower() == _OPUS
        self.interrupt(now=now)

    def receive(self, kind: Kind, packet: RtpPacket, *, now: float) -> None:
        """One packet in arrival order; gaps, duplicates and late repairs are expected."""
        if kind == "video" and self._video is not None:
            self._pictures(self._video, self._video.receive(packet, now=now), now=now)
        elif kind == "audio" and self._audio is not None:
            self._sounds(self._audio, self._audio.receive(packet, now=now), now=now)

    def receive_layer(self, place: int, packet: RtpPacket, *, now: float) -> None:
        """One packet of a layer below the picture's, by its place among the layers; nothing where it is of no use."""
        codec = self._video_codec
        if codec not in CODECS or codec is None or not 0 <= place < MAX_LAYERS:
            return
        layer = self._layers.get(place)
        if layer is None:
            layer = self._layers[place] = LayerFromRtp(place, codec, reorder_wait_s=self._reorder_wait_s)
        layer.heard_at = now
        self._layer_pictures(layer, layer.video.receive(packet, now=now), now=now)

    @property
    def layers(self) -> list[int]:
        """The places of the layers that are tracks at present."""
        return [place for place, layer in self._layers.items() if layer.format is not None]

    def layer_report(self, place: int, *, ntp_s: float, rtp_timestamp: int) -> None:
        """A sender report of such a layer."""
        layer = self._layers.get(place)
        if layer is not None:
            layer.video.clock.report(ntp_s=ntp_s, rtp_timestamp=rtp_timestamp)

    def drop_layer(self, place: int, *, now: float) -> None:
        """That layer is none below the picture's any more."""
        layer = self._layers.pop(place, None)
        if layer is not None:
            self._hub.remove(layer.track_id, now=now)

    def sender_report(self, kind: Kind, *, ntp_s: float, rtp_timestamp: int) -> None:
        """An RTCP sender report: relates the tracks' clocks to each other."""
        track = self._video if kind == "video" else self._audio
        if track is not None:
            track.clock.report(ntp_s=ntp_s, rtp_timestamp=rtp_timestamp)

    def poll(self, *, now: float) -> None:
        """Gives up what was waited for long enough; asks for a key frame where nothing can be shown without."""
        if self._video is not None:
            self._pictures(self._video, self._video.poll(now=now), now=now)
        if self._audio is not None:
            self._sounds(self._audio, self._audio.poll(now=now), now=now)
        if self._video is not None and self._video.wants_keyframe(now=now):
            self._request_keyframe()
        for place, layer in tuple(self._layers.items()):
            self._layer_pictures(layer, layer.video.poll(now=now), now=now)
            if layer.format is not None and now - layer.heard_at > SILENT_S:
                self._begin_layer_anew(layer, now=now)
            elif self._timeline is not None and layer.wants_keyframe(now=now):
                self._request_of_layer(place)

    def interrupt(self, *, now: float) -> None:
        """The publisher is lost, or another has come."""
        if self._timeline is not None:
            self._hub.interrupt(now=now)
        self._reset()

    def _reset(self) -> None:
        wait_s = self._reorder_wait_s
        self._video = VideoFromRtp(self._video_codec, reorder_wait_s=wait_s) if self._video_codec is not None else None
        self._audio = AudioFromRtp(reorder_wait_s=wait_s) if self._has_audio else None
        self._timeline: MediaTimeline | None = None
        self._format: TrackFormat | None = None
        self._newest = _Newest()
        self._layers: dict[int, LayerFromRtp] = {}

    def _pictures(self, video: VideoFromRtp, units: list[AccessUnit], *, now: float) -> None:
        for unit in units:
            if video is self._video:
                self._picture(video, unit, now=now)

    def _sounds(self, audio: AudioFromRtp, packets: list[tuple[int, bytes]], *, now: float) -> None:
        for timestamp, payload in packets:
            if audio is self._audio:
                self._sound(audio, timestamp, payload, now=now)

    def _picture(self, video: VideoFromRtp, unit: AccessUnit, *, now: float) -> None:
        steady = video.clock.observe(unit.timestamp, now=now)
        timeline, newest = self._timeline, self._newest
        if timeline is not None:
            media_s = unit.timestamp / CLOCK_RATE + timeline.offset_s(video.clock)
            if not steady or media_s - newest.seconds > CLOCK_JUMP_S:
                self.interrupt(now=now)
                return
        data = video.data(unit)
        if data is None or video.format is None:
            return
        if timeline is None:
            if not unit.is_key:
                return
            timeline = self._begin(MediaTimeline(video.clock, first_timestamp=unit.timestamp, origin_s=now), now=now)
        elif video.format != self._format:
            self._format = video.format
            self._hub.change_format(VIDEO_ID, video.format, now=now)
        pts = round(unit.timestamp + timeline.offset_s(video.clock) * CLOCK_RATE)
        # RTP has no time of decoding. Of pictures in another order than they are shown in, times still ascend.
        dts = pts if newest.video is None else max(pts, newest.video + 1)
        newest.video = dts
        newest.seconds = max(newest.seconds, pts / CLOCK_RATE)
        self._hub.push(VIDEO_ID, Frame(dts, pts, unit.is_key, data), now=now)

    def _layer_pictures(self, layer: LayerFromRtp, units: list[AccessUnit], *, now: float) -> None:
        video = layer.video
        for unit in units:
            if layer.video is video:
                self._layer_picture(layer, unit, now=now)

    def _layer_picture(self, layer: LayerFromRtp, unit: AccessUnit, *, now: float) -> None:
        video, timeline = layer.video, self._timeline
        if not video.clock.observe(unit.timestamp, now=now):
            self._begin_layer_anew(layer, now=now)
            return
        data = video.data(unit)
        if data is None or video.format is None or timeline is None or (layer.format is None and not unit.is_key):
            return
        pts = round(unit.timestamp + timeline.offset_s(video.clock) * CLOCK_RATE)
        if pts > (self._newest.seconds + MAX_AHEAD_S) * CLOCK_RATE:
            return
        if video.format != layer.format:
            layer.format = video.format
            self._hub.put(Track(layer.track_id, "video", video.format), now=now)
        dts = pts if layer.newest is None else max(pts, layer.newest + 1)
        layer.newest = dts
        self._hub.push(layer.track_id, Frame(dts, pts, unit.is_key, data), now=now)

    def _begin_layer_anew(self, layer: LayerFromRtp, *, now: float) -> None:
        layer.begin_anew()
        self._hub.remove(layer.track_id, now=now)

    def _sound(self, audio: AudioFromRtp, timestamp: int, payload: bytes, *, now: float) -> None:
        steady = audio.clock.observe(timestamp, now=now)
        timeline, newest = self._timeline, self._newest
        if self._video is None:
            if timeline is None:
                timeline = self._begin(MediaTimeline(audio.clock, first_timestamp=timestamp, origin_s=now), now=now)
                newest.seconds = now
            media_s = timestamp / audio.clock.rate + timeline.offset_s(audio.clock)
            if not steady or media_s - newest.seconds > CLOCK_JUMP_S:
                self.interrupt(now=now)
                return
            newest.seconds = max(newest.seconds, media_s)
        if timeline is None:
            return
        dts = round((timestamp / audio.clock.rate + timeline.offset_s(audio.clock)) * CLOCK_RATE)
        if dts > (newest.seconds + MAX_AHEAD_S) * CLOCK_RATE or (newest.audio is not None and dts <= newest.audio):
            return
        newest.audio = dts
        self._hub.push(AUDIO_ID, Frame(dts, dts, True, payload), now=now)

    def _begin(self, timeline: MediaTimeline, *, now: float) -> MediaTimeline:
        self._timeline = timeline
        tracks: list[Track] = []
        if self._video is not None and self._video.format is not None:
            self._format = self._video.format
            tracks.append(Track(VIDEO_ID, "video", self._format))
        if self._audio is not None:
            tracks.append(Track(AUDIO_ID, "audio", OPUS_FORMAT))
        self._hub.begin(tracks, now=now)
        return timeline
