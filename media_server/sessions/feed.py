"""A feed's session: the mixer's packets for the room, receiver reports and the microphone for the mixer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from media_server.feed.endpoint import FeedEndpoint
from media_server.feed.offer import Bus, FeedOffer
from media_server.feed.receiver import FedPacket, FeedReceiver
from media_server.rtp.leg import Address, MediaPacket
from media_server.rtp.packet import RtpPacket
from media_server.rtp.rtcp import Goodbye, ReportBlock, SenderReport

REPORT_INTERVAL_S: Final = 1.0
DEAD_AFTER_S: Final = 8.0
"""A mixer sends a packet each few milliseconds, and opens the feed anew when it hears nothing for 3 s."""


@dataclass(frozen=True, slots=True)
class FeedHooks:
    """What a session tells its room. `reports` gives the blocks and the microphone's clock for a report."""

    connected: Callable[[FeedSession], None]
    packet: Callable[[Bus, RtpPacket, float], None]
    sender_report: Callable[[SenderReport, float], None]
    reports: Callable[[float], tuple[list[ReportBlock], tuple[int, int] | None]]
    closed: Callable[[FeedSession], None]


class FeedSession:
    """One feed of one generation. Connected when the first packet has authenticated."""

    action: Literal["feed"] = "feed"

    def __init__(
        self,
        session_id: str,
        *,
        mixer_id: str,
        token_id: str,
        generation: int,
        offer: FeedOffer,
        endpoint: FeedEndpoint,
        cname: str,
        clock: Callable[[], float],
        hooks: FeedHooks,
    ) -> None:
        self.session_id = session_id
        self.mixer_id = mixer_id
        self.token_id = token_id
        self.generation = generation
        self.offer = offer
        self.receiver = FeedReceiver(offer, cname=cname)
        self._endpoint = endpoint
        self._clock = clock
        self._hooks = hooks
        self._heard_at = clock()
        self._closed = False
        self._report_timer: asyncio.TimerHandle | None = None
        endpoint.add(self._received_ssrcs, self)

    def receive(self, datagram: bytes, source: Address) -> None:
        """See `FeedPeer`."""
        was_heard = self.receiver.address is not None
        opened = self.receiver.open(datagram, source)
        if not opened:
            return
        now = self._heard_at = self._clock()
        if not was_heard:
            self._hooks.connected(self)
            self._report()
        if isinstance(opened, FedPacket):
            self._hooks.packet(opened.bus, opened.packet, now)
            return
        for part in opened:
            if isinstance(part, SenderReport):
                self._hooks.sender_report(part, now)
            elif isinstance(part, Goodbye) and set(self._received_ssrcs) <= set(part.sources):
                self.close("the mixer said goodbye")
                return

    def send_talk(self, media: MediaPacket) -> None:
        """One packet of the microphone; dropped while it is not known where to."""
        if self.receiver.address is None:
            return
        datagram = self.receiver.seal_talk(media)
        if datagram is not None:
            self._endpoint.send(datagram, self.receiver.address)

    def is_dead(self, now: float) -> bool:
        """Whether the mixer is gone, or never came."""
        return now - self._heard_at > DEAD_AFTER_S

    def close(self, reason: str) -> None:
        """End the session, and tell the mixer."""
        if self._closed:
            return
        self._closed = True
        if self.receiver.address is not None:
            self._endpoint.send(self.receiver.goodbye(), self.receiver.address)
        self._endpoint.remove(self._received_ssrcs, self)
        if self._report_timer is not None:
            self._report_timer.cancel()
        self._hooks.closed(self)

    @property
    def _received_ssrcs(self) -> tuple[int, int]:
        """The microphone's is not among them: what we send, sent back to us, would authenticate."""
        return self.offer.programme_ssrc, self.offer.cue_ssrc

    def _report(self) -> None:
        assert self.receiver.address is not None
        blocks, talk_clock = self._hooks.reports(self._clock())
        self._endpoint.send(self.receiver.report(blocks, talk_clock=talk_clock), self.receiver.address)
        self._report_timer = asyncio.get_running_loop().call_later(REPORT_INTERVAL_S, self._report)
