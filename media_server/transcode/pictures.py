"""A room's derived pictures: its source goes to a process, what that makes comes into the hub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from media_server.hub.frames import CLOCK_RATE, Frame, Track
from media_server.hub.hub import Hub
from media_server.transcode.conversions import PictureWork
from media_server.transcode.process import PictureProcess
from media_server.transcode.renditions import Rendition
from media_server.transcode.wire import FromProcess, MadeFormat, MadePicture, Outputs, Progress, Source, SourceFrame

MAX_BEHIND_TICKS: Final = 2 * CLOCK_RATE
"""A process that has this much to do gets nothing more up to the next key frame, so that the present comes first."""
MAX_WAITING_BYTES: Final = 24 << 20
_STUCK_AFTER_POLLS: Final = 10
"""Polls are a second apart; counted, so that a worker that was itself held up does not take its process for stuck."""
_MEASURED_OVER_S: Final = 5.0
_ASK_AGAIN_S: Final = 1.0
_RETRY_AFTER_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Waits before another process is started; the last repeats."""

_log = structlog.get_logger(__name__)


class PictureConversion:
    """A hub listener. Begins with `want`; the process is started then, and again when it died, until `close`.

    `measured` is told what the process takes of the machine, in cores. `request_keyframe` is called when nothing can be
    made without one: browsers send none unless they are asked.
    """

    def __init__(
        self,
        hub: Hub,
        *,
        measured: Callable[[float], None],
        request_keyframe: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._hub = hub
        self._request_keyframe = request_keyframe
        self._asked_at = float("-inf")
        self._measured = measured
        self._clock = clock
        self._work: PictureWork | None = None
        self._process: PictureProcess | None = None
        self._last: PictureProcess | None = None
        self._is_ready = False
        self._retry_at: float | None = None
        self._failures = 0
        self._source: Track | None = None
        self._epoch = 0
        self._names: dict[int, str] = {}
        self._announced = 0
        self._needs_key = True
        self._is_replaying = False
        self._sent_dts = self._done_dts = 0
        self._silent_polls = 0
        self._cpu: tuple[float, float] | None = None
        self.times_behind = 0

    @property
    def renditions(self) -> tuple[Rendition, ...]:
        """What is made."""
        return (*self._work.needed, *self._work.rungs) if self._work is not None else ()

    @property
    def rungs(self) -> tuple[Rendition, ...]:
        """Those of the ladder."""
        return self._work.rungs if self._work is not None else ()

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process is not None else None

    def want(self, work: PictureWork, *, now: float) -> None:
        """Make this from now on; what is made already as it is wanted goes on."""
        before, self._work = self.renditions, work
        for track_id in {each.track_id for each in before} - {each.track_id for each in self.renditions}:
            self._hub.remove(track_id, now=now)
        if self._process is None:
            if self._retry_at is None:
                self._start()
        elif self._is_ready:
            self._process.send(Outputs(self.renditions))
            if self._source is None or self._source.track_id != work.source.track_id:
                self._follow(work.source, now)

    def poll(self, *, now: float) -> None:
        """Start another process when it is time to, and put an end to one that is stuck."""
        if self._retry_at is not None and now >= self._retry_at:
            self._retry_at = None
            self._start()
        is_working = self._process is not None and self._is_ready and self._sent_dts > self._done_dts
        self._silent_polls = self._silent_polls + 1 if is_working else 0
        if self._silent_polls > _STUCK_AFTER_POLLS:
            assert self._process is not None
            _log.error("a picture process is stuck", pid=self._process.pid)
            self._process.close()
            self._gone()

    def close(self, *, now: float) -> None:
        """Nothing is made any more."""
        self._hub.unlisten(self)
        if not self._hub.is_over:
            for rendition in self.renditions:
                self._hub.remove(rendition.track_id, now=now)
        if self._process is not None:
            self._process.close()
            self._last = self._process
        self._process = self._work = self._retry_at = None

    async def ended(self) -> None:
        """Wait until the process has ended, after `close`."""
        if self._last is not None:
            await self._last.ended()

    def on_tracks(self, tracks: Sequence[Track], *, now: float) -> None:
        """See `HubListener`."""
        if self._source is None:
            return
        source = next((track for track in tracks if track.track_id == self._source.track_id), None)
        if source is not None and source.format != self._source.format:
            self._source = source
            self._begin()

    def on_frame(self, track: Track, frame: Frame, *, now: float) -> None:
        """See `HubListener`."""
        if self._source is None or self._process is None or track.track_id != self._source.track_id:
            return
        is_late = not self._is_replaying and self._is_behind
        if self._needs_key:
            if is_late:
                return
            if not frame.is_key:
                self._ask_for_key_frame(now)
                return
            self._done_dts = frame.dts - 1
            self._needs_key = False
        elif is_late:
            self._fall_behind()
            return
        if self._is_replaying:
            # The length of the group is no delay: it is run through at once.
            self._done_dts = frame.dts - 1
        self._sent_dts = frame.dts
        self._process.send(SourceFrame(self._epoch, not self._is_replaying, frame))

    def on_interrupt(self, *, now: float) -> None:
        """See `HubListener`: what follows has another clock."""
        if self._source is not None:
            self._begin()

    def on_end(self, *, now: float) -> None:
        """See `HubListener`: what is under way is for nobody."""

    @property
    def _is_behind(self) -> bool:
        assert self._process is not None
        return self._sent_dts - self._done_dts > MAX_BEHIND_TICKS or self._process.waiting_bytes > MAX_WAITING_BYTES

    def _ask_for_key_frame(self, now: float) -> None:
        if now - self._asked_at >= _ASK_AGAIN_S:
            self._asked_at = now
            self._request_keyframe()

    def _fall_behind(self) -> None:
        self.times_behind += 1
        self._needs_key = True
        _log.warning("pictures are made too slowly: going on at the next key frame", times=self.times_behind)

    def _start(self) -> None:
        self._is_ready = False
        self._silent_polls = 0
        self._cpu = None
        self._names.clear()
        self._announced = 0
        self._process = PictureProcess(on_ready=self._ready, on_message=self._message, on_gone=self._gone)

    def _ready(self) -> None:
        if self._work is None or self._process is None:
            return
        self._is_ready = True
        self._process.send(Outputs(self.renditions))
        self._follow(self._work.source, self._clock())

    def _follow(self, source: Track, now: float) -> None:
        """Begin with the newest group of pictures of `source`, of which only the present is shown."""
        self._hub.unlisten(self)
        self._source = self._hub.track(source.track_id) or source
        self._begin()
        self._is_replaying = True
        self._hub.listen(self, now=now, with_kept=True)
        self._is_replaying = False

    def _begin(self) -> None:
        if self._process is None or not self._is_ready or self._source is None:
            return
        self._epoch += 1
        self._needs_key = True
        self._sent_dts = self._done_dts = 0
        self._process.send(Source(self._epoch, self._source.format))

    def _gone(self) -> None:
        self._hub.unlisten(self)
        self._process = None
        self._source = None
        self._is_ready = False
        wait_s = _RETRY_AFTER_S[min(self._failures, len(_RETRY_AFTER_S) - 1)]
        self._failures += 1
        self._retry_at = self._clock() + wait_s

    def _message(self, message: FromProcess) -> None:
        now = self._clock()
        self._silent_polls = 0
        # Numbers are given for the life of a process, also to what an older epoch made.
        if isinstance(message, MadeFormat):
            self._names[self._announced] = message.track_id
            self._announced = (self._announced + 1) % 256
        if message.epoch != self._epoch:
            return
        match message:
            case MadeFormat():
                self._put(message, now)
            case MadePicture(_, number, frame):
                self._hub.push(self._names.get(number, ""), frame, now=now)
            case Progress(_, dts, cpu_s):
                self._done_dts = max(self._done_dts, dts)
                self._failures = 0
                self._note_cost(cpu_s, now)

    def _put(self, message: MadeFormat, now: float) -> None:
        rendition = next((each for each in self.renditions if each.track_id == message.track_id), None)
        if rendition is None:
            return
        track = Track(
            rendition.track_id,
            "video",
            message.format,
            "derived",
            label=rendition.label,
            bitrate_bps=rendition.bitrate_bps,
        )
        if self._hub.track(track.track_id) != track:
            self._hub.put(track, now=now)

    def _note_cost(self, cpu_s: float, now: float) -> None:
        if self._cpu is None:
            self._cpu = (now, cpu_s)
        elif now - self._cpu[0] >= _MEASURED_OVER_S:
            began, before = self._cpu
            self._measured((cpu_s - before) / (now - began))
            self._cpu = (now, cpu_s)
