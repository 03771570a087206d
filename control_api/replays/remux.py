"""Joins the segments of a replay to one MP4 without encoding anything anew. Runs in a thread.

Packets keep their bytes; their times are moved so that the file begins at zero and goes on where the publisher came
again. Where H.264 or HEVC changes its parameter sets, the new ones are put before the next key frame, since we give an
MP4 track one description alone.
"""

from __future__ import annotations

import heapq
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, groupby
from pathlib import Path

import av
from av.packet import Packet
from av.stream import Stream

from control_api.replays.models import Segment
from control_api.replays.parameter_sets import ParameterSetsUnfit, parameter_sets

Fetch = Callable[[str], bytes]
"""The object of this name; called one after the other."""


class CannotJoin(Exception):
    """Its pieces do not fit into one file: the codec changes on the way, or a piece cannot be read."""


@dataclass(frozen=True, slots=True)
class Track:
    """One rendition: its segments in order, and the names of its initialization segments by number."""

    segments: Sequence[Segment]
    init_names: dict[int, str]


def remux(tracks: Sequence[Track], fetch: Fetch, path: Path) -> None:
    """Write the file. Raises CannotJoin, and what `fetch` raises."""
    try:
        with av.open(str(path), "w", format="mp4") as output:
            joined = _Joined(output)
            for index, track in enumerate(tracks):
                # Every stream has to be there before the first packet is written.
                first = track.init_names[track.segments[0].init]
                with av.open(io.BytesIO(fetch(first)), "r", format="mp4") as container:
                    joined.describe(index, container.streams[0])
            epochs = [_epochs(track.segments) for track in tracks]
            for number in range(max(len(of_track) for of_track in epochs)):
                sources = [
                    _packets(track, of_track[number], fetch, joined, index)
                    for index, (track, of_track) in enumerate(zip(tracks, epochs, strict=True))
                    if number < len(of_track)
                ]
                joined.append_epoch(sources)
    except (av.FFmpegError, ParameterSetsUnfit) as error:
        raise CannotJoin(type(error).__name__) from error


@dataclass(slots=True)
class _Timed:
    """A packet and when it is decoded, in seconds of its own clock."""

    time_s: float
    index: int
    packet: Packet[Stream]

    def __lt__(self, other: _Timed) -> bool:
        return (self.time_s, self.index) < (other.time_s, other.index)


class _Joined:
    """The file that grows, one epoch after the other."""

    def __init__(self, output: av.container.OutputContainer) -> None:
        self._output = output
        self._streams: dict[int, Stream] = {}
        self._described_by: dict[int, tuple[str, bytes]] = {}
        self._last_dts: dict[int, int] = {}
        self._end_s = 0.0

    def append_epoch(self, sources: Sequence[Iterator[_Timed]]) -> None:
        """Packets of one clock; they begin where the last epoch ended."""
        begun = [(first, source) for source in sources if (first := next(source, None)) is not None]
        if not begun:
            return
        shift_s = self._end_s - min(first.time_s for first, _ in begun)
        for timed in heapq.merge(*(chain([first], source) for first, source in begun)):
            self._append(timed, shift_s)

    def describe(self, index: int, source: Stream) -> bytes:
        """Make the track's stream, or return what has to go before its next key frame for `source` to be decoded."""
        found = (source.codec_context.name, bytes(source.codec_context.extradata or b""))
        if index not in self._described_by:
            self._streams[index] = self._output.add_stream_from_template(source)
            self._described_by[index] = found
            return b""
        codec, description = self._described_by[index]
        if found[0] != codec:
            raise CannotJoin(f"{codec} becomes {found[0]}")
        return b"" if found[1] == description else parameter_sets(codec, found[1])

    def _append(self, timed: _Timed, shift_s: float) -> None:
        packet, index = timed.packet, timed.index
        base = packet.time_base
        assert base is not None
        assert packet.dts is not None
        shift = round(Fraction(shift_s) / base)
        length = packet.duration or 0
        dts = max(packet.dts + shift, self._last_dts.get(index, packet.dts + shift - 1) + 1)
        packet.pts = max((packet.pts if packet.pts is not None else packet.dts) + shift, dts)
        packet.dts = dts
        self._last_dts[index] = dts
        self._end_s = max(self._end_s, float((dts + length) * base))
        packet.stream = self._streams[index]
        self._output.mux_one(packet)


def _epochs(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Segments of one clock together."""
    epochs: list[list[Segment]] = []
    for segment in segments:
        if segment.discontinuity or not epochs:
            epochs.append([])
        epochs[-1].append(segment)
    return epochs


def _packets(track: Track, segments: Sequence[Segment], fetch: Fetch, joined: _Joined, index: int) -> Iterator[_Timed]:
    for init, run in groupby(segments, key=lambda segment: segment.init):
        names = [track.init_names[init], *(segment.object_name for segment in run)]
        # Times are to be those of the fragments.
        options = {"ignore_editlist": "1"}
        with av.open(io.BufferedReader(_Objects(names, fetch)), "r", format="mp4", options=options) as container:
            stream = container.streams[0]
            due = joined.describe(index, stream)
            for packet in container.demux(stream):
                if packet.dts is None or packet.time_base is None:
                    continue
                fit = packet
                if due and packet.is_keyframe:
                    fit, due = _with_prefix(packet, due), b""
                yield _Timed(float(packet.dts * packet.time_base), index, fit)


def _with_prefix(packet: Packet[Stream], prefix: bytes) -> Packet[Stream]:
    longer: Packet[Stream] = Packet(prefix + bytes(packet))
    longer.pts, longer.dts, longer.time_base = packet.pts, packet.dts, packet.time_base
    longer.duration, longer.is_keyframe = packet.duration, True
    return longer


class _Objects(io.RawIOBase):
    """Objects as one file that is read once, one of them in memory at a time."""

    def __init__(self, names: Sequence[str], fetch: Fetch) -> None:
        self._names = iter(names)
        self._fetch = fetch
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            name = next(self._names, None)
            if name is None:
                return 0
            self._rest = memoryview(self._fetch(name))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
