"""A spool whose disk is real, and an outside that can be away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from media_server.recording.archive import Archive
from media_server.recording.disk import SpoolFolder
from media_server.recording.entries import Initialized, Opened
from media_server.recording.index import SpoolIndex
from media_server.recording.ports import Unavailable

T = TypeVar("T")

INIT = b"ftyp-moov"


class Outside:
    """Objects and events in memory; both raise while `is_away`."""

    def __init__(self) -> None:
        self.is_away = False
        self.refusals = 0
        self.objects: dict[str, bytes] = {}
        self.events: list[dict[str, Any]] = []

    async def put(self, key: str, content: bytes) -> None:
        self._check()
        self.objects[key] = content

    async def write(self, event: Mapping[str, Any]) -> None:
        self._check()
        self.events.append(dict(event))

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    def _check(self) -> None:
        if self.is_away:
            self.refusals += 1
            raise Unavailable("away for a test")


class HeldBackground:
    """Work waits until `release`; without holding it is done at once."""

    def __init__(self) -> None:
        self.is_holding = False
        self._held: list[Callable[[], None]] = []

    def __call__(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        if self.is_holding:
            self._held.append(lambda: done(work()))
        else:
            done(work())

    def release(self) -> None:
        self.is_holding = False
        while self._held:
            self._held.pop(0)()


def archive_in(
    folder: Path, outside: Outside, *, background: HeldBackground | None = None, index: SpoolIndex | None = None
) -> Archive:
    return Archive(
        SpoolFolder(folder), background=background or HeldBackground(), objects=outside, events=outside, index=index
    )


def initialize(archive: Archive, rendition: str = "video", *, init: int = 1, origin: str = "source") -> None:
    kind = "audio" if rendition.startswith("audio") else "video"
    codec = "mp4a.40.2" if kind == "audio" else "avc1.42c01f"
    entry = Initialized.model_validate(
        {"rendition": rendition, "init": init, "kind": kind, "codec": codec, "origin": origin}
    )
    archive.spool.initialize(entry, INIT)


def open_segment(archive: Archive, number: int, rendition: str = "video", *, init: int = 1) -> None:
    archive.spool.open(
        Opened(
            rendition=rendition,
            number=number,
            init=init,
            media_s=2.0 * number,
            date_time=1000.0 + 2.0 * number,
            discontinuity=False,
        )
    )


def segment(archive: Archive, number: int, rendition: str = "video", *, parts: int = 3, init: int = 1) -> bytes:
    """A whole segment goes in; its bytes."""
    open_segment(archive, number, rendition, init=init)
    datas = [f"{rendition}-{number}-{part};".encode() * 5 for part in range(parts)]
    for data in datas:
        archive.spool.append(rendition, number, data, duration_s=2.0 / parts)
    archive.spool.complete(rendition, number)
    return b"".join(datas)
