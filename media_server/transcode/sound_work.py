"""What a sound process does: packets of one line in, packets of another codec out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from media_server.hub.frames import Frame, TrackFormat
from media_server.transcode.opus_to_aac import OpusPacket, OpusToAac, SilenceUntil
from media_server.transcode.to_opus import ToOpus


@dataclass(frozen=True, slots=True)
class ToAacWork:
    """Opus to AAC, both by positions in 1/48000 s, from `start` on."""

    start: int
    bitrate_bps: int


@dataclass(frozen=True, slots=True)
class ToOpusWork:
    """AAC or MP3 to Opus, both by times in 1/90000 s."""

    source: TrackFormat
    bitrate_bps: int


Work = ToAacWork | ToOpusWork


@dataclass(frozen=True, slots=True)
class SoundPacket:
    """One packet of sound. To be made AAC, one without `data` says that nothing came up to `at`."""

    at: int
    data: bytes


class Conversion(Protocol):
    """One line's sound. `head` is what decoders of what is made have to be told, where it is not known before."""

    head: bytes

    def run(self, packets: Sequence[SoundPacket]) -> list[SoundPacket]:
        """What is complete with `packets`."""
        ...


def conversion_of(work: Work) -> Conversion:
    """Raises ValueError for a source that nothing is made of."""
    return _ToAac(work) if isinstance(work, ToAacWork) else _ToOpus(work)


class _ToAac:
    head = b""

    def __init__(self, work: ToAacWork) -> None:
        self._aac = OpusToAac(start=work.start, bitrate_bps=work.bitrate_bps)

    def run(self, packets: Sequence[SoundPacket]) -> list[SoundPacket]:
        items = [OpusPacket(each.at, each.data) if each.data else SilenceUntil(each.at) for each in packets]
        return [SoundPacket(frame.position, frame.data) for frame in self._aac.run(items)]


class _ToOpus:
    def __init__(self, work: ToOpusWork) -> None:
        self._opus = ToOpus(work.source, bitrate_bps=work.bitrate_bps)
        self.head = self._opus.head

    def run(self, packets: Sequence[SoundPacket]) -> list[SoundPacket]:
        frames = self._opus.run([Frame(each.at, each.at, True, each.data) for each in packets])
        return [SoundPacket(frame.dts, frame.data) for frame in frames]
