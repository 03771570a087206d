"""One layer of a track: its producer, the views of it, and who is on the way into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from media_server.congestion.pacer import Pacer
from media_server.router.consumer import Consumer
from media_server.router.layer_choice import LayerChoice
from media_server.router.producer import PartPacket, Producer
from media_server.router.red_view import RedView
from media_server.router.view import CutView, View
from media_server.rtp.extensions import DEPENDENCY_DESCRIPTOR
from media_server.rtp.leg import MediaPacket
from media_server.rtp.leg_list import FanOut
from media_server.rtp.parts import WHOLE, Cut

LET_IN_WITHIN_S: Final = 0.25
"""So long a change within a layer waits for a picture that lets it in by itself; then a key frame is asked for."""


class Layer:
    """Its number is that of the source's offer."""

    def __init__(self, number: int, producer: Producer) -> None:
        self.number = number
        self.producer = producer
        self.whole = View(producer)
        self._pacer: Pacer[MediaPacket] = Pacer(producer.clock_rate)
        self._others: list[View] = []
        """What some are sent in place of the whole, while somebody is."""
        self._arriving: set[Consumer] = set()
        self._catching_up: set[Consumer] = set()

    def cut_for(self, consumer: Consumer, cut: Cut) -> Cut:
        """What of `cut` its viewer can decode: of spatial layers the lowest, if it is not told how they depend."""
        is_told = consumer.leg.extensions.id_of(DEPENDENCY_DESCRIPTOR) is not None
        if is_told or consumer.only is not None or not self.producer.has_idle_parts:
            return cut
        return Cut(0, cut.temporal)

    def admit(self, consumer: Consumer, cut: Cut, *, now: float) -> None:
        """Begin with what is cached, else at the next key frame."""
        start = self.producer.gop_start(now=now)
        index = start.index if start is not None else self.producer.next_index
        if consumer.begin_from_cache(self._view_for(consumer, cut, index), now=now):
            self._entered(consumer)
        else:
            self.expect(consumer, cut, now=now)

    def expect(self, consumer: Consumer, cut: Cut, *, now: float) -> None:
        """Let `consumer` in as soon as it can go on here; until then it is sent what it was sent before."""
        consumer.arriving = self._view_for(consumer, cut, self.producer.next_index)
        self._arriving.add(consumer)
        if consumer.view is not None and consumer.view.producer is self.producer:
            consumer.arrives_by = now + LET_IN_WITHIN_S
        else:
            consumer.arrives_by = now
            self._ask_for(consumer, now=now)

    def forget(self, consumer: Consumer) -> None:
        """It is on the way elsewhere, or nowhere; what it is sent of this layer until then it goes on to be sent."""
        self._arriving.discard(consumer)
        consumer.arriving = None

    def sweep(self) -> None:
        """Let go of views that nobody is in, or comes to."""
        if self._others:
            expected = {consumer.arriving for consumer in self._arriving}
            self._others = [view for view in self._others if view.members or view in expected]

    def skip_pending(self) -> None:
        """What came while nobody was here is in the cache; it is not passed on."""
        batch = [*self._pacer.flush(), *self.producer.take_pending()]
        for view in (self.whole, *self._others):
            view.note(view.take(batch))

    def forward_pending(self, fan_out: FanOut) -> None:
        """Pass on what arrived since the last call, at the pace at which it can be taken."""
        self._pass_on(self._pacer.take(self.producer.take_pending(), now=self.producer.heard_at), fan_out)

    def poll(self, fan_out: FanOut, *, now: float) -> None:
        """Pass on what waits for its turn; ask for a key frame for those whom nothing else lets in."""
        self._pass_on(self._pacer.due(now=now), fan_out)
        for consumer in self._arriving:
            if now >= consumer.arrives_by:
                self._ask_for(consumer, now=now)

    def _ask_for(self, consumer: Consumer, *, now: float) -> None:
        """Ask for a key frame that lets it in; the one just seen may have passed it by."""
        if self.producer.keyframes.request(now=now) and consumer.view is None:
            # A layer that its source does not send is not asked for without end.
            consumer.arrives_by = float("inf")

    def _pass_on(self, batch: Sequence[MediaPacket], fan_out: FanOut) -> None:
        """Who may begin, or go on, does so where a packet lets them."""
        if not batch:
            return
        if self._arriving:
            done = 0
            head = self.whole.head.index if self.whole.head is not None else -1
            for place, packet in enumerate(batch):
                entering = self._let_in_by(packet, is_newest=packet.index > head)
                head = max(head, packet.index)
                if entering:
                    self._forward(batch[done:place], fan_out)
                    done = place
                    self._let_in(entering, packet)
            batch = batch[done:]
        self._forward(batch, fan_out)

    def catch_up(self, fan_out: FanOut, *, now: float) -> list[Consumer]:
        """Send the next slice of the cached group to those who are behind; those of them who follow the present now."""
        through: list[Consumer] = []
        for consumer in list(self._catching_up):
            if consumer.view is None or consumer.view.producer is not self.producer:
                self._catching_up.discard(consumer)
                continue
            if consumer.is_behind and (batch := consumer.catch_up(now=now)):
                fan_out.forward((consumer.leg,), batch)
            if not consumer.is_behind:
                self._catching_up.discard(consumer)
                through.append(consumer)
        return through

    def _view_for(self, consumer: Consumer, cut: Cut, index: int) -> View:
        """The view of `cut` that can tell numbers from the producer's packet `index` on."""
        if consumer.red_blocks is not None:
            return self._red_view(consumer.red_blocks)
        # Who takes a layer as it is passes it on to others, who may need what the highest parts do not.
        if cut == WHOLE and (consumer.only is not None or not self.producer.has_idle_parts):
            return self.whole
        for view in self._others:
            if isinstance(view, CutView) and view.cut == cut and view.knows(index):
                return view
        passed_on = self.whole.head.index if self.whole.head is not None else index - 1
        made = CutView(self.producer, cut, start=index, passed_on=passed_on)
        self._others.append(made)
        return made

    def _red_view(self, payload_type: int) -> View:
        """The view with redundancy in blocks of `payload_type`."""
        for view in self._others:
            if isinstance(view, RedView) and view.payload_type == payload_type:
                return view
        made = RedView(self.producer, payload_type)
        self._others.append(made)
        return made

    def _let_in_by(self, packet: MediaPacket, *, is_newest: bool) -> list[Consumer]:
        part = packet.part if isinstance(packet, PartPacket) else None
        if not packet.starts_keyframe and part is None:
            return []
        entering: list[Consumer] = []
        for consumer in self._arriving:
            view, into = consumer.view, consumer.arriving
            if view is None or view.producer is not self.producer:
                if packet.starts_keyframe:
                    entering.append(consumer)
            elif is_newest and (
                packet.starts_keyframe or (into is not None and part is not None and part.lets_in(view.cut, into.cut))
            ):
                entering.append(consumer)
        return entering

    def _let_in(self, entering: list[Consumer], packet: MediaPacket) -> None:
        for consumer in entering:
            view = consumer.arriving
            assert view is not None
            self._arriving.discard(consumer)
            consumer.arriving = None
            # A key frame that was repaired late may be older than a view that was made to wait for one; and with it the
            # structure of the stream comes.
            view = self._view_for(consumer, self.cut_for(consumer, view.cut), packet.index)
            consumer.begin_with(view, packet, now=self.producer.heard_at)
            self._entered(consumer)
        self.sweep()

    def _entered(self, consumer: Consumer) -> None:
        assert consumer.view is not None
        cut = consumer.view.cut
        consumer.sent = LayerChoice(self.number, cut.spatial, cut.temporal)
        if consumer.is_behind:
            self._catching_up.add(consumer)

    def _forward(self, batch: Sequence[MediaPacket], fan_out: FanOut) -> None:
        if batch:
            self.whole.forward(batch, fan_out)
            for view in self._others:
                view.forward(batch, fan_out)
