"""Decoded tracks are shared by content, playable while they grow, bounded, and never half there."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import numpy as np
import pytest

from mixer.dsp.units import SAMPLE_RATE
from mixer.engine import commands as c
from mixer.engine.engine import Engine
from mixer.engine.session import UnknownTrack
from mixer.tracks.pcm_file import PcmTrack, PcmWriter
from mixer.tracks.rejected import TrackRejected
from mixer.tracks.store import TrackStore, content_id
from tests.mixer.tracks.files import sine, write_wav

MEGABYTE = 1 << 20


def wav(folder: Path, name: str, hz: float = 440.0, seconds: float = 2.0) -> Path:
    return write_wav(folder / name, sine(seconds, SAMPLE_RATE, hz), SAMPLE_RATE)


def test_a_decoded_track_plays_on_a_deck(tmp_path: Path) -> None:
    store = TrackStore(tmp_path / "pcm", max_bytes=100 * MEGABYTE)
    track = store.decode(wav(tmp_path, "a.wav"))
    engine = Engine(1, store)
    place = engine.open()
    engine.apply(place, c.Load(0, track))
    engine.apply(place, c.Play(0, True))
    for _ in range(20):
        engine.render()
    assert np.abs(engine.programme[place]).max() > 0.2
    assert engine.desk(place).decks[0].length_frames == 2 * SAMPLE_RATE


def test_the_same_content_is_one_file_for_all(tmp_path: Path) -> None:
    one, two = (TrackStore(tmp_path / "pcm", max_bytes=100 * MEGABYTE) for _ in range(2))
    first = one.decode(wav(tmp_path, "a.wav"))
    written = (tmp_path / "pcm" / f"{first}.pcm").stat().st_ino
    assert two.decode(wav(tmp_path, "b.wav")) == first
    assert [path.stat().st_ino for path in (tmp_path / "pcm").glob("*")] == [written]
    assert np.array_equal(one.get_track(first).pcm, two.get_track(first).pcm)


def test_a_track_is_valid_up_to_its_watermark_while_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "x.pcm"
    writer = PcmWriter(path, expected_frames=1000, max_frames=5000)
    track = PcmTrack("x", path)
    assert (track.frames, track.length, track.is_complete) == (0, 1000, False)
    writer.write(np.full((700, 2), 7, np.int16))
    assert (track.frames, track.length) == (700, 1000)
    assert (track.pcm[:700] == 7).all()
    writer.write(np.full((700, 2), 8, np.int16))
    assert (track.frames, track.length) == (1400, 1400)
    writer.finish()
    assert track.is_complete
    assert (track.pcm[700:1400] == 8).all()
    assert path.stat().st_size == os.sysconf("SC_PAGESIZE") + 1400 * 4


def test_room_that_is_set_aside_uses_no_disk(tmp_path: Path) -> None:
    path = tmp_path / "x.pcm"
    writer = PcmWriter(path, expected_frames=1000, max_frames=100 * MEGABYTE)
    assert path.stat().st_blocks * 512 < 100_000
    with pytest.raises(OverflowError):
        PcmWriter(tmp_path / "y.pcm", expected_frames=1, max_frames=10).write(np.zeros((11, 2), np.int16))
    writer.close()


def test_a_rejected_file_leaves_nothing_behind(tmp_path: Path) -> None:
    store = TrackStore(tmp_path / "pcm", max_bytes=100 * MEGABYTE)
    source = wav(tmp_path, "a.wav", seconds=5.0)
    source.write_bytes(source.read_bytes()[:300_000])
    with pytest.raises(TrackRejected):
        store.decode(source)
    assert list((tmp_path / "pcm").iterdir()) == []
    with pytest.raises(UnknownTrack):
        store.get_track(content_id(source))


def test_the_least_used_track_goes_first_and_open_ones_stay(tmp_path: Path) -> None:
    store = TrackStore(tmp_path / "pcm", max_bytes=2 * MEGABYTE)
    first = store.decode(wav(tmp_path, "a.wav", 300.0, 4.0))
    opened = store.get_track(first)
    second = store.decode(wav(tmp_path, "b.wav", 400.0, 4.0))
    third = store.decode(wav(tmp_path, "c.wav", 500.0, 4.0))
    # Each is 0.75 MB: three are too many, and the oldest is open.
    assert store.used_bytes() <= 2 * MEGABYTE
    with pytest.raises(UnknownTrack):
        store.get_track(second)
    assert store.get_track(third).frames == 4 * SAMPLE_RATE
    store.release(first)
    store.release(third)
    fourth = store.decode(wav(tmp_path, "d.wav", 600.0, 4.0))
    assert {path.stem for path in (tmp_path / "pcm").glob("*.pcm")} == {third, fourth}
    # Whoever still has the evicted one can go on reading it.
    assert int(opened.pcm[: opened.frames].max()) > 10_000


def test_what_a_dead_decoder_left_is_removed_and_decoded_again(tmp_path: Path) -> None:
    folder = tmp_path / "pcm"
    source = wav(tmp_path, "a.wav")
    folder.mkdir()
    PcmWriter(folder / f"{content_id(source)}.pcm", expected_frames=10, max_frames=10).close()
    store = TrackStore(folder, max_bytes=100 * MEGABYTE)
    assert list(folder.iterdir()) == []
    assert store.get_track(store.decode(source)).is_complete


def test_a_decoder_at_work_elsewhere_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "pcm"
    source = wav(tmp_path, "a.wav")
    folder.mkdir()
    track = content_id(source)
    writer = PcmWriter(folder / f"{track}.pcm", expected_frames=SAMPLE_RATE, max_frames=SAMPLE_RATE)
    writer.write(np.ones((100, 2), np.int16))
    with (folder / f"{track}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        store = TrackStore(folder, max_bytes=100 * MEGABYTE)
        assert store.decode(source) == track
        assert store.get_track(track).frames == 100
    writer.close()


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_an_id_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownTrack):
        TrackStore(tmp_path, max_bytes=MEGABYTE).get_track(name)


def test_touching_pages_ahead_stays_in_the_track(tmp_path: Path) -> None:
    store = TrackStore(tmp_path / "pcm", max_bytes=100 * MEGABYTE)
    track = store.get_track(store.decode(wav(tmp_path, "a.wav")))
    track.touch(-500, 1000)
    track.touch(track.frames - 10, 10_000)
    track.touch(track.frames + 10, 10)
