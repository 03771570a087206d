"""What is found wrong with a stream: by its frames alone, on simulated time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from media_server.hub.frames import CLOCK_RATE, Frame, Track, TrackFormat
from media_server.ingest.findings import CLEAR_S, RAISE_S
from media_server.ingest.health import StreamHealth

VIDEO = Track("video", "video", TrackFormat("h264", b"", 1280, 720), bitrate_bps=4_000_000)
AUDIO = Track("audio", "audio", TrackFormat("aac", b"\x11\x90", sample_rate=48_000, channels=2))


@dataclass
class Source:
    """An encoder on simulated time, 30 pictures a second and 46.875 packets of sound."""

    health: StreamHealth = field(default_factory=StreamHealth)
    video: Track | None = VIDEO
    audio: Track | None = AUDIO
    key_each_s: Callable[[int], float] = lambda index: 2.0
    frame_bytes: int = 16_700
    sent: Callable[[int], bool] = lambda index: True
    arrives_after_s: Callable[[float], float] = lambda at: 0.0
    sound_late_s: float = 0.0
    now: float = 100.0

    def __post_init__(self) -> None:
        self._began = self.now
        self._pictures = self._packets = self._keys = 0
        self._next_key = 0.0
        self.health.on_tracks([track for track in (self.video, self.audio) if track is not None], now=self.now)

    def runs(self, seconds: float) -> Source:
        """Let time pass, with a look each second."""
        end = self.now + seconds
        while self.now < end:
            self.now += 0.01
            self._send(self.now - self._began)
            if int(self.now * 100) % 100 == 0:
                self.health.poll(now=self.now)
        return self

    def silent(self, seconds: float) -> Source:
        """Time passes, nothing is sent; the stamps go on when it comes back."""
        for _ in range(int(seconds)):
            self.now += 1.0
            self.health.poll(now=self.now)
        self._pictures, self._packets = int((self.now - self._began) * 30), int((self.now - self._began) * 46.875)
        return self

    def codes(self) -> dict[str, str]:
        """What is told, with how bad it is."""
        state = self.health.state()
        return {} if state is None else {found["code"]: found["level"] for found in state["findings"]}

    def _send(self, elapsed: float) -> None:
        while self.video is not None and self._due(self._pictures / 30, elapsed):
            at, index = self._pictures / 30, self._pictures
            self._pictures += 1
            is_key = at >= self._next_key
            if is_key:
                self._keys += 1
                self._next_key = at + self.key_each_s(self._keys)
            if is_key or self.sent(index):
                self._frame(self.video, int(at * CLOCK_RATE), self.frame_bytes, is_key)
        while self.audio is not None and self._due(self._packets / 46.875 + self.sound_late_s, elapsed):
            self._frame(self.audio, int(self._packets / 46.875 * CLOCK_RATE), 340, True)
            self._packets += 1

    def _due(self, at: float, elapsed: float) -> bool:
        return at + self.arrives_after_s(at) <= elapsed

    def _frame(self, track: Track, dts: int, size: int, is_key: bool) -> None:
        self.health.on_frame(track, Frame(dts, dts, is_key, bytes(size)), now=self.now)


def test_a_good_stream_has_nothing_wrong_and_true_figures() -> None:
    state = Source().runs(20).health.state()
    assert state is not None
    assert (state["level"], state["findings"]) == ("good", [])
    assert state["fps"] == pytest.approx(30, abs=0.2)
    assert state["keyframe_s"] == pytest.approx(2.0, abs=0.01)
    assert state["bitrate_bps"] == pytest.approx(4_000_000, rel=0.05)


@pytest.mark.parametrize(
    ("code", "level", "source"),
    [
        ("KEYFRAMES_FAR_APART", "bad", lambda: Source(key_each_s=lambda index: 8.3)),
        ("KEYFRAMES_FAR_APART", "fair", lambda: Source(key_each_s=lambda index: 4.0)),
        ("KEYFRAMES_UNEVEN", "fair", lambda: Source(key_each_s=lambda index: 0.8 if index % 2 else 2.0)),
        (
            "B_FRAMES",
            "fair",
            lambda: Source(video=Track("video", "video", TrackFormat("h264", b"", 1, 1, reorders=True))),
        ),
        ("UPLOAD_TOO_SLOW", "fair", lambda: Source(frame_bytes=5_000)),
        ("UPLOAD_TOO_SLOW", "bad", lambda: Source(arrives_after_s=lambda at: at * 0.2)),
        ("BITRATE_BELOW_PROMISE", "bad", lambda: Source(frame_bytes=9_000, sent=lambda index: index % 10 != 3)),
        ("FRAMES_DROPPED", "fair", lambda: Source(sent=lambda index: index % 20 != 3)),
        ("FRAMES_DROPPED", "bad", lambda: Source(sent=lambda index: index % 5 != 3)),
        ("FRAME_RATE_LOW", "fair", lambda: Source(sent=lambda index: index % 2 == 0)),
        ("AUDIO_VIDEO_DRIFT", "fair", lambda: Source(sound_late_s=0.5)),
        ("AUDIO_VIDEO_DRIFT", "bad", lambda: Source(sound_late_s=1.5)),
        ("NO_AUDIO", "fair", lambda: Source(audio=None)),
        ("NO_VIDEO", "fair", lambda: Source(video=None)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_found(code: str, level: str, source: Callable[[], Source]) -> None:
    running = source().runs(25)
    assert running.codes().get(code) == level
    state = running.health.state()
    assert state is not None
    assert all(found["message"] and found["setting"].startswith("OBS: ") for found in state["findings"])


def test_a_quiet_picture_is_not_below_its_promise_as_long_as_it_comes_in_time() -> None:
    assert "BITRATE_BELOW_PROMISE" not in Source(frame_bytes=9_000).runs(25).codes()


def test_a_stall_is_told_at_once_and_is_over_with_the_first_frame() -> None:
    running = Source().runs(10).silent(5)
    assert running.codes() == {"STALLED": "bad"}
    assert "STALLED" not in running.runs(1.1).codes()


def test_a_stall_outlasts_the_interruption_that_it_causes() -> None:
    running = Source().runs(10)
    running.health.on_interrupt(now=running.now)
    assert running.silent(5).codes() == {"STALLED": "bad"}


def test_what_comes_and_goes_within_seconds_is_not_told() -> None:
    running = Source().runs(10)
    running.sound_late_s = 0.6
    assert "AUDIO_VIDEO_DRIFT" not in running.runs(2).codes()


def test_what_was_told_stays_for_a_while_after_it_is_over() -> None:
    running = Source(sound_late_s=0.6).runs(15)
    assert "AUDIO_VIDEO_DRIFT" in running.codes()
    running.sound_late_s = 0.0
    assert "AUDIO_VIDEO_DRIFT" in running.runs(CLEAR_S - RAISE_S).codes()
    assert "AUDIO_VIDEO_DRIFT" not in running.runs(20).codes()


def test_nothing_is_known_before_the_first_frame_and_after_the_end() -> None:
    health = StreamHealth()
    health.poll(now=1.0)
    assert health.state() is None
    running = Source().runs(5)
    running.health.on_end(now=running.now)
    running.health.poll(now=running.now)
    assert running.health.state() is None


def test_further_tracks_of_a_source_are_not_mistaken_for_its_first() -> None:
    small = Track("video:1", "video", TrackFormat("h264", b"", 320, 180))
    running = Source()
    running.health.on_tracks([small, VIDEO, AUDIO], now=running.now)
    running.health.on_frame(small, Frame(0, 0, True, b"x"), now=running.now)
    assert running.health.state() is None
