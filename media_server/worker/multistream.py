"""A room's targets as one of its outputs."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import structlog

from media_server.egress.restream.multistream import Multistream, Target
from media_server.egress.restream.sealed_keys import KeyOpener, SealedKeyUnreadable
from media_server.egress.restream.target import Surroundings
from media_server.sessions.live_room import LiveRoom
from media_server.sessions.spec import StreamSpec
from media_server.sessions.worker_media import MonotonicClock
from media_server.settings import WorkerSettings

_log = structlog.get_logger(__name__)


class MultistreamOutput:
    """Where a stream goes beside here."""

    def __init__(self, multistream: Multistream, keys: KeyOpener) -> None:
        self._multistream = multistream
        self._keys = keys
        self._is_over = False

    def want(self, spec: StreamSpec) -> None:
        """See `RoomOutput`."""
        if self._is_over:
            return
        targets = []
        for target in spec.targets:
            try:
                key = self._keys.open(target.target_id, target.sealed_key)
            except SealedKeyUnreadable as error:
                _log.error("a target is left out", stream_id=spec.stream_id, reason=str(error))
                continue
            targets.append(Target(target.target_id, target.url, key))
        self._multistream.want(targets)

    def poll(self, *, now: float) -> None:
        """See `RoomOutput`; targets are tasks of their own."""

    def end(self) -> None:
        """See `RoomOutput`."""
        self._is_over = True
        self._multistream.end()

    def close(self) -> None:
        """See `RoomOutput`."""
        self._multistream.close()

    def state(self) -> Mapping[str, Any]:
        """See `RoomOutput`."""
        return {"targets": self._multistream.state()}


def make_multistream(settings: WorkerSettings, clock: MonotonicClock) -> Callable[[LiveRoom], MultistreamOutput]:
    """Makes that of each room of a worker. Raises ValueError for a secret that is none."""
    keys = KeyOpener(settings.targets_secret.get_secret_value())
    around = Surroundings(
        clock=clock,
        unix_at_zero=clock.unix_at_zero,
        tls=_trusting_this_machines_authorities(),
        allow_private=settings.targets_allow_private,
    )
    return lambda room: MultistreamOutput(Multistream(room.hub, around), keys)


@cache
def _trusting_this_machines_authorities() -> ssl.SSLContext:
    """Made once in a process: to read the authorities takes 30 ms, in which no packet is forwarded."""
    return ssl.create_default_context()
