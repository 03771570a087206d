"""The process that makes sound for all rooms of a worker: shared, and replaced when it is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from media_server.transcode import sounds as module
from media_server.transcode.sound_work import SoundPacket, ToAacWork, ToOpusWork
from media_server.transcode.sounds import SoundMaker
from tests.support.frame_source import ToneSource
from tests.support.rtp_source import OpusSource
from tests.support.waiting import eventually


class Owner:
    """Of one line: what was made of it, and how it was lost."""

    def __init__(self, maker: SoundMaker, work: ToAacWork | ToOpusWork) -> None:
        self.made: list[SoundPacket] = []
        self.answers = 0
        self.head = b""
        self.losses: list[bool] = []
        self.line = maker.begin(work, made=self._made, lost=self._lost)

    def _made(self, packets: Sequence[SoundPacket], head: bytes) -> None:
        self.made += packets
        self.answers += 1
        self.head = head

    def _lost(self, *, is_suspect: bool) -> None:
        self.losses.append(is_suspect)


@pytest_asyncio.fixture
async def maker() -> AsyncIterator[SoundMaker]:
    maker = SoundMaker()
    running = asyncio.create_task(maker.run())
    yield maker
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert maker.pid is None


def opus(count: int) -> list[SoundPacket]:
    source = OpusSource()
    return [SoundPacket(960 * index, payload) for index in range(count) for payload in source.payloads()]


def aac(tone: ToneSource, count: int) -> list[SoundPacket]:
    return [SoundPacket(frame.pts, frame.data) for frame in (tone.next() for _ in range(count))]


async def test_two_rooms_share_a_process_and_get_each_its_own(maker: SoundMaker) -> None:
    tone = ToneSource("aac")
    to_aac, to_opus = Owner(maker, ToAacWork(0, 128_000)), Owner(maker, ToOpusWork(tone.track.format, 96_000))
    # Before there is a process: it waits.
    to_aac.line.convert(opus(50))
    to_opus.line.convert(aac(tone, 50))
    assert to_aac.line.is_busy
    await eventually(lambda: to_aac.answers == to_opus.answers == 1)
    assert not to_aac.line.is_busy
    assert [packet.at for packet in to_aac.made] == [1024 * index for index in range(len(to_aac.made))]
    assert len(to_aac.made) >= 44
    assert to_opus.head.startswith(b"OpusHead")
    assert len(to_opus.made) > 45


async def test_what_comes_of_a_line_that_was_closed_is_told_nobody(maker: SoundMaker) -> None:
    closed, other = Owner(maker, ToAacWork(0, 128_000)), Owner(maker, ToAacWork(0, 128_000))
    closed.line.convert(opus(50))
    closed.line.close()
    other.line.convert(opus(50))
    await eventually(lambda: other.answers == 1)
    assert closed.answers == 0


async def test_who_fails_over_what_was_made_keeps_nobody_else_from_theirs(maker: SoundMaker) -> None:
    failing, other = Owner(maker, ToAacWork(0, 128_000)), Owner(maker, ToAacWork(0, 128_000))
    # Nothing to add to: the owner's own code raises.
    failing.made = None  # type: ignore[assignment]
    failing.line.convert(opus(50))
    other.line.convert(opus(50))
    await eventually(lambda: other.answers == 1)
    assert other.losses == failing.losses == []


async def test_a_process_that_dies_is_replaced_and_whose_sound_it_was_at_is_suspected(maker: SoundMaker) -> None:
    idle, busy = Owner(maker, ToAacWork(0, 128_000)), Owner(maker, ToAacWork(0, 128_000))
    idle.line.convert(opus(10))
    await eventually(lambda: idle.answers == 1)
    first = maker.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    busy.line.convert(opus(10))
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: bool(idle.losses and busy.losses))
    assert (idle.losses, busy.losses) == ([False], [True])
    again = Owner(maker, ToAacWork(0, 128_000))
    again.line.convert(opus(50))
    await eventually(lambda: again.answers == 1)
    assert maker.pid not in (None, first)


async def test_a_process_that_does_nothing_for_too_long_is_killed(
    maker: SoundMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STUCK_AFTER_POLLS", 1)
    owner = Owner(maker, ToAacWork(0, 128_000))
    owner.line.convert(opus(10))
    await eventually(lambda: owner.answers == 1)
    assert maker.pid is not None
    os.kill(maker.pid, signal.SIGSTOP)
    owner.line.convert(opus(10))
    await eventually(lambda: owner.losses == [True])


async def test_sound_that_cannot_be_decoded_ends_no_process(maker: SoundMaker) -> None:
    tone = ToneSource("aac")
    broken, whole = Owner(maker, ToOpusWork(tone.track.format, 96_000)), Owner(maker, ToAacWork(0, 128_000))
    broken.line.convert([SoundPacket(0, os.urandom(400)) for _ in range(50)])
    whole.line.convert([SoundPacket(0, os.urandom(300)), *opus(50)])
    await eventually(lambda: broken.answers == whole.answers == 1)
    broken.line.convert(aac(tone, 50))
    await eventually(lambda: len(broken.made) > 30)
    assert broken.losses == whole.losses == []
