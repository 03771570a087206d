"""What is told of a stream is what the stream is, to who heard all of it and to who comes late."""

from __future__ import annotations

import os
from itertools import count

from media_server.egress.hls.media_playlist import MediaPlaylist
from media_server.egress.hls.settings import HlsSettings
from media_server.hls_servers.blocks import Block, MappedBlocks, SharedBlocks
from media_server.hls_servers.mirror import StreamMirror
from media_server.hls_servers.replica import ReplicaPlaylist, Replicas
from media_server.hls_servers.wire import Message, pack, parse
from tests.media_server.egress.hls.simulation import Publisher
from tests.support.rtp_source import H264Source, OpusSource


class Listener:
    """A process as it hears of one stream."""

    def __init__(self) -> None:
        self.replicas = Replicas()

    def hear(self, messages: list[Message]) -> None:
        for packet in pack(messages):
            for message in parse(packet):
                self.replicas.apply(message)

    def is_told(self, publisher: Publisher, mapped: MappedBlocks) -> None:
        """Checks that it knows the stream as it is."""
        stream = self.replicas.find("one")
        assert stream is not None
        egress = publisher.egress
        assert stream.multivariant == egress.multivariant_playlist()
        groups = [*egress.groups[0], *egress.groups[1]]
        assert [each.name for each in (*stream.current, *stream.previous)] == [each.name for each in groups]
        for playlist in groups:
            replica = stream.playlist(playlist.name)
            assert replica is not None
            for skip in (False, True):
                assert stream.media_playlist(replica, skip=skip) == egress.media_playlist(playlist, skip=skip)
            assert state_of(replica) == state_of(playlist)
            for segment in replica.complete:
                views = [mapped.view(part.place) for part in segment.parts]
                assert b"".join(view for view in views if view is not None) == playlist.segment(segment.number)
                assert replica.initialization(segment.initialization) == playlist.initialization(segment.initialization)


def state_of(playlist: MediaPlaylist | ReplicaPlaylist) -> tuple[object, ...]:
    return (
        playlist.next_part,
        playlist.last_part,
        playlist.ended,
        playlist.is_withdrawn,
        playlist.target_duration_s,
        [segment.number for segment in playlist.complete],
    )


class Stage:
    """A publisher, and what is told of it."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.mapped = MappedBlocks()
        self.shared = SharedBlocks(max_bytes=64 << 20, opened=self._opened, closed=self.mapped.close, size=64 << 10)
        self.mirror = StreamMirror("one", publisher.egress, self.shared, count(1))
        self.faithful = Listener()
        self.faithful.hear([self.mirror.opened(), *self.mirror.changes()])
        publisher.egress.on_change(lambda: self.faithful.hear(self.mirror.changes()))

    def check(self) -> None:
        self.faithful.is_told(self.publisher, self.mapped)
        late = Listener()
        late.hear(self.mirror.everything())
        late.is_told(self.publisher, self.mapped)

    def _opened(self, block: Block) -> None:
        self.mapped.open(block.number, block.size, os.dup(block.shared))


def small(**changed: int) -> H264Source:
    return H264Source(**{"width": 160, "height": 96, "fps": 15, "bitrate_bps": 100_000} | changed)


def test_a_stream_is_told_as_it_goes() -> None:
    stage = Stage(Publisher(video=small(), settings=HlsSettings(window_s=6.0)))
    publisher = stage.publisher
    for step in range(50):
        publisher.run(0.41)
        stage.check()
        if step == 20:
            publisher.interrupt()
        if step == 23:
            publisher.video = small(width=192)
            publisher.publish()
        if step == 40:
            publisher.video = None
            publisher.publish()
    assert publisher.egress.groups[1], "another set began"
    publisher.end()
    stage.check()


def test_a_quality_that_is_withdrawn_is_told_to_be() -> None:
    stage = Stage(Publisher(video=small()))
    stage.publisher.run(4)
    stage.publisher.playlist("audio").withdraw()
    stage.check()


def test_what_is_forgotten_gives_its_memory_back() -> None:
    stage = Stage(Publisher(video=small(), audio=OpusSource(), settings=HlsSettings(window_s=6.0)))
    stage.publisher.run(21)
    early = len(stage.shared.blocks)
    stage.publisher.run(8)
    assert len(stage.shared.blocks) <= early + 1
    stage.mirror.close()
    assert len(stage.shared.blocks) == 1
