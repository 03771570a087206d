"""A track of a room: its layers, and who is sent which of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from media_server.router.consumer import Consumer
from media_server.router.layer import Layer
from media_server.router.layer_choice import LayerChoice, LayerOffer
from media_server.router.producer import Producer
from media_server.router.ranking import highest, is_sent, ranked
from media_server.router.view import View
from media_server.rtp.leg_list import FanOut
from media_server.rtp.parts import WHOLE, Cut

_LOOK_EVERY_S: Final = 0.1


class Track:
    """Layers and their consumers. What a consumer wants and is not there is the next lower layer that is."""

    def __init__(self, producer: Producer, *more: Producer) -> None:
        """A producer a layer, in the order of the source's offer."""
        self.producers = (producer, *more)
        self.producer = producer
        """The only layer's, where there is one."""
        self.layers = tuple(Layer(number, each) for number, each in enumerate(self.producers))
        self.on_wanted: Callable[[], None] = lambda: None
        """Called before somebody is sent it whom nobody was sent it beside: what was held back may come now."""
        self._consumers: set[Consumer] = set()
        self._state: tuple[tuple[Layer, bool], ...] = ()
        self._looked_at = float("-inf")
        self._offers: tuple[LayerOffer, ...] = ()
        self._offered_at = float("-inf")

    def add_layer(self, producer: Producer) -> None:
        """One more, when its source makes more of itself than it did; those who are sent another stay in it."""
        self.producers = (*self.producers, producer)
        self.layers = (*self.layers, Layer(len(self.layers), producer))

    @property
    def is_wanted(self) -> bool:
        """Whether anybody is, or is to be, sent it."""
        return bool(self._consumers)

    def add(self, consumer: Consumer, *, now: float) -> None:
        """Begin to send `consumer` what it wants."""
        if not self._consumers:
            self.on_wanted()
            # It is in the cache, from which `consumer` begins; nobody else is here.
            for layer in self.layers:
                layer.skip_pending()
        self._consumers.add(consumer)
        self.place(consumer, now=now)

    def remove(self, consumer: Consumer) -> None:
        """Forget `consumer`."""
        self._consumers.discard(consumer)
        consumer.leave()
        self._forget(consumer)

    def place(self, consumer: Consumer, *, now: float) -> None:
        """See `Consumed`. Who catches up with the present is brought elsewhere when that is done."""
        if consumer not in self._consumers:
            return
        if consumer.wanted is None:
            consumer.leave()
            self._forget(consumer)
            return
        layer, cut = self._find(consumer.wanted, consumer.only, now=now)
        cut = layer.cut_for(consumer, cut)
        if _is(consumer.arriving, layer, cut) or consumer.is_catching_up:
            return
        if _is(consumer.view, layer, cut):
            self._forget(consumer)
            return
        self._forget(consumer)
        if consumer.view is None:
            layer.admit(consumer, cut, now=now)
        else:
            layer.expect(consumer, cut, now=now)

    def offered(self, now: float) -> tuple[LayerOffer, ...]:
        """What can be chosen, the lowest first, as it was measured of late."""
        if now - self._offered_at >= _LOOK_EVERY_S:
            self._offered_at = now
            self._offers = tuple(
                offer for layer in self._ranked() for offer in _offers_of(layer, now, self._is_sent(layer, now))
            )
        return self._offers

    def request_keyframe(self, *, now: float) -> None:
        """Whoever takes the highest layer, and is no viewer, needs the picture."""
        self.producers[highest(self.producers, now=now)].keyframes.request(now=now)

    def forward_pending(self, fan_out: FanOut, *, whole_frames: bool = False) -> bool:
        """Send what arrived since the last call; with `whole_frames`, but for layers in the middle of one.

        Whether nothing is left.
        """
        is_done = True
        for layer in self.layers:
            if whole_frames and layer.producer.is_within_frame:
                is_done = False
            else:
                layer.forward_pending(fan_out)
        return is_done

    def catch_up(self, fan_out: FanOut, *, now: float) -> None:
        """One step for those who are behind, and a look at which layers their source sends."""
        for layer in self.layers:
            for consumer in layer.catch_up(fan_out, now=now):
                self.place(consumer, now=now)
            layer.poll(fan_out, now=now)
        if len(self.layers) > 1 and now - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = now
            state = tuple((layer, self._is_sent(layer, now)) for layer in self._ranked())
            if state != self._state:
                self._state = state
                for consumer in list(self._consumers):
                    self.place(consumer, now=now)

    def _is_sent(self, layer: Layer, now: float) -> bool:
        return is_sent(layer.producer, self.producers, now=now)

    def _forget(self, consumer: Consumer) -> None:
        for layer in self.layers:
            layer.forget(consumer)
            layer.sweep()

    def _ranked(self) -> tuple[Layer, ...]:
        return tuple(self.layers[place] for place in ranked(self.producers))

    def _find(self, wanted: LayerChoice, only: int | None, *, now: float) -> tuple[Layer, Cut]:
        """What there is of `wanted`: itself, else the next lower layer that is sent, else the next higher."""
        if only is not None:
            return self.layers[only], WHOLE
        if len(self.layers) == 1:
            layer = self.layers[0]
        else:
            order = self._ranked()
            place = order.index(self.layers[wanted.layer]) if wanted.layer < len(order) else len(order) - 1
            nearest = (*reversed(order[: place + 1]), *order[place + 1 :])
            layer = next((each for each in nearest if self._is_sent(each, now)), order[place])
        is_itself = layer.number == wanted.layer
        has_parts = is_itself and wanted.cut != WHOLE and layer.producer.meter.parts(now=now) != (0, 0)
        return layer, wanted.cut if has_parts else WHOLE


def _is(view: View | None, layer: Layer, cut: Cut) -> bool:
    return view is not None and view.producer is layer.producer and view.cut == cut


def _offers_of(layer: Layer, now: float, is_active: bool) -> list[LayerOffer]:
    meter, producer = layer.producer.meter, layer.producer
    top_spatial, top_temporal = meter.parts(now=now)
    offers: list[LayerOffer] = []
    for spatial in range(top_spatial + 1):
        for temporal in range(top_temporal + 1):
            cut = Cut(
                None if spatial == top_spatial else spatial,
                None if temporal == top_temporal else temporal,
            )
            width, height = producer.size(spatial if top_spatial else None) or (None, None)
            choice = LayerChoice(layer.number, cut.spatial, cut.temporal)
            bitrate = meter.bitrate_bps(cut, now=now)
            offers.append(LayerOffer(choice, bitrate, is_active, width, height))
    return offers
