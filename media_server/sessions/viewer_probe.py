"""Finding out whether a viewer's path carries more than it is sent: packets that the viewer has, sent once more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol

from media_server.congestion.estimator import BandwidthEstimator
from media_server.congestion.prober import SLICE_S, ProbeCluster, Prober
from media_server.router.consumer import Consumer
from media_server.rtp.leg import MediaPacket, RtpLeg
from media_server.rtp.send_history import SendHistory


class Timer(Protocol):
    """asyncio's TimerHandle."""

    def cancel(self) -> None:
        """Do not call."""


Later = Callable[[float, Callable[[], None]], Timer]
"""Calls after so many seconds."""


class ViewerProbe:
    """Of one viewer, whose `history` says what was sent with which transport-wide number."""

    def __init__(
        self,
        history: SendHistory,
        estimator: BandwidthEstimator,
        *,
        send: Callable[[RtpLeg, MediaPacket], None],
        clock: Callable[[], float],
        later: Later | None = None,
    ) -> None:
        """`later` is the running event loop's, unless it is given."""
        self._history = history
        self._estimator = estimator
        self._send = send
        self._clock = clock
        self._later = later or (lambda delay_s, call: asyncio.get_running_loop().call_later(delay_s, call))
        self._prober = Prober()
        self._timer: Timer | None = None

    def plan(self, consumer: Consumer, target_bps: float | None, *, media_bps: float, now: float) -> None:
        """Begin a probe of `target_bps` if it is time to, beside `media_bps` that are sent anyway."""
        if self._timer is not None:
            return
        cluster = self._prober.plan(target_bps, media_bps=media_bps, now=now)
        if cluster is not None:
            self._estimator.probe_begins(now=now)
            self._go_on(consumer, cluster, self._history.next_number)

    def stop(self) -> None:
        """The viewer has gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go_on(self, consumer: Consumer, cluster: ProbeCluster, first: int) -> None:
        """One slice of `cluster`, the first packet of which has transport-wide number `first`."""
        self._timer = None
        octets = cluster.due(now=self._clock())
        if octets:
            sent = consumer.repeat(octets, send=self._send)
            if not sent:
                return
            cluster.sent(sent)
        if cluster.is_over:
            self._estimator.probe_sent(first, self._history.next_number)
        else:
            self._timer = self._later(SLICE_S, partial(self._go_on, consumer, cluster, first))
