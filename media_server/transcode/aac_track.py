"""The track `audio:aac` of a stream whose sound is Opus."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from media_server.hub.formats import aac_format
from media_server.hub.frames import CLOCK_RATE, Frame, Track
from media_server.hub.hub import Hub
from media_server.transcode.opus_to_aac import SAMPLE_RATE, audio_specific_config
from media_server.transcode.sound_work import SoundPacket, ToAacWork
from media_server.transcode.sounds import MAX_SUSPICIONS, Line, Sounds

AAC_ID: Final = "audio:aac"
QUEUE_LIMIT: Final = 75
"""Opus packets waiting to be made AAC, one and a half seconds of them. When full the oldest goes and becomes silence:
a machine that cannot keep up has sound with gaps, where with a longer queue all of it would come too late."""
_OPUS_ID: Final = "audio"
_PATIENCE_S: Final = 0.4
_MAX_PATIENCE_S: Final = 2.0
_SILENCE_BEHIND_S: Final = 0.25
_USUAL_PACKET_SAMPLES: Final = SAMPLE_RATE // 50
# So many samples at 48 kHz are a whole number of ticks at 90 kHz.
_EXACT_SAMPLES: Final = 8


class AacTrack:
    """A `HubListener` that puts `audio:aac` into the hub while there is Opus and no AAC, and takes it out again.

    With a picture beside it, silence takes the place of sound that does not come, so that a muted microphone never
    holds up the picture. To be polled each 50 ms.
    """

    def __init__(self, hub: Hub, *, sounds: Sounds, bitrate_bps: int = 128_000) -> None:
        self.dropped = 0
        self._hub = hub
        self._sounds = sounds
        self._bitrate_bps = bitrate_bps
        self._format = aac_format(audio_specific_config(bitrate_bps))
        self._line: Line | None = None
        self._has_picture = False
        self._given_at = 0.0
        self._latest_s = float("-inf")
        self._reset()

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        sources = [track for track in tracks if track.origin == "source"]
        opus = next((track for track in sources if track.track_id == _OPUS_ID and track.format.codec == "opus"), None)
        wanted = opus is not None and not any(track.format.codec == "aac" for track in sources)
        self._has_picture = any(track.kind == "video" for track in sources)
        if wanted and self._hub.track(AAC_ID) is None:
            self._is_on = True
            label = opus.label if opus is not None else ""
            self._hub.put(Track(AAC_ID, "audio", self._format, "derived", label, self._bitrate_bps), now=now)
        elif not wanted and self._is_on:
            self._reset()
            self._hub.remove(AAC_ID, now=now)

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if not self._is_on or track.origin != "source":
            return
        if track.kind == "video":
            self._start(frame.pts)
            self._latest_s = max(self._latest_s, frame.pts / CLOCK_RATE)
            self._keep_up()
        elif track.track_id == _OPUS_ID:
            if not self._has_picture:
                self._start(frame.pts)
            if self._line is not None:
                self._push(round(frame.pts * SAMPLE_RATE / CLOCK_RATE), frame.data)

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`. The track comes again with the next epoch."""
        self._reset()

    def on_end(self, *, now: float) -> None:
        """See `HubListener`."""
        self._reset()

    def poll(self, *, now: float) -> None:
        """Gives what is queued to be made AAC, unless what was given before is still being made."""
        if self._line is None or self._line.is_busy or not self._queue:
            return
        packets = tuple(self._queue)
        self._queue.clear()
        self._given_at = now
        self._line.convert(packets)

    def _reset(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None
        self._is_on = False
        self._suspicions = 0
        self._queue: deque[SoundPacket] = deque()
        self._edge = 0
        self._latest_s = float("-inf")
        self._patience_s = _PATIENCE_S

    def _start(self, pts: int) -> None:
        if self._line is None and self._suspicions < MAX_SUSPICIONS:
            position = round(pts * SAMPLE_RATE / CLOCK_RATE)
            self._edge = position - position % _EXACT_SAMPLES
            work = ToAacWork(self._edge, self._bitrate_bps)
            self._line = self._sounds.begin(work, made=self._made, lost=self._lost)

    def _push(self, position: int, payload: bytes) -> None:
        if self._has_picture and position + SAMPLE_RATE // 10 < self._edge:
            # Silence went out in its place: this network, or this sender, needs to be given more time.
            late_s = self._latest_s - position / SAMPLE_RATE
            self._patience_s = min(_MAX_PATIENCE_S, max(self._patience_s, late_s + 0.1))
        self._edge = max(self._edge, position + _USUAL_PACKET_SAMPLES)
        self._enqueue(SoundPacket(position, payload))

    def _keep_up(self) -> None:
        if self._latest_s - self._edge / SAMPLE_RATE > self._patience_s:
            self._edge = round((self._latest_s - min(_SILENCE_BEHIND_S, self._patience_s / 2)) * SAMPLE_RATE)
            self._enqueue(SoundPacket(self._edge, b""))

    def _enqueue(self, item: SoundPacket) -> None:
        if len(self._queue) >= QUEUE_LIMIT:
            self._queue.popleft()
            self.dropped += 1
        self._queue.append(item)

    def _made(self, packets: Sequence[SoundPacket], head: bytes) -> None:
        for packet in packets:
            ticks = packet.at * CLOCK_RATE // SAMPLE_RATE
            self._hub.push(AAC_ID, Frame(ticks, ticks, True, packet.data), now=self._given_at)

    def _lost(self, *, is_suspect: bool) -> None:
        # The next picture, or packet, begins another line.
        self._line = None
        self._queue.clear()
        self._suspicions += is_suspect
