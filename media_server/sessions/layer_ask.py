"""What a viewer asked for of a picture's layers (draft-ietf-wish-whep, "Video Layer Selection extension")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media_server.router.layer_choice import LayerOffer


@dataclass(frozen=True, slots=True)
class LayerAsk:
    """A layer and its parts by their numbers, and the most of each; None: no matter."""

    layer: int | None = None
    spatial: int | None = None
    temporal: int | None = None
    max_spatial: int | None = None
    max_temporal: int | None = None
    max_width: int | None = None
    max_height: int | None = None

    def names_one_of(self, offers: Sequence[LayerOffer]) -> bool:
        """Whether there is what it names, whatever the most may be."""
        named = LayerAsk(self.layer, self.spatial, self.temporal)
        return any(named._takes(offer, parts) for offer, parts in with_parts(offers))

    def allowed(self, offers: Sequence[LayerOffer]) -> tuple[LayerOffer, ...]:
        """Those of `offers`, the lowest first, that are within it; the lowest alone where none is."""
        kept = tuple(offer for offer, parts in with_parts(offers) if self._takes(offer, parts))
        return kept or tuple(offers[:1])

    def _takes(self, offer: LayerOffer, parts: tuple[int, int]) -> bool:
        spatial, temporal = parts
        named = ((self.layer, offer.choice.layer), (self.spatial, spatial), (self.temporal, temporal))
        bounded = (
            (self.max_spatial, spatial),
            (self.max_temporal, temporal),
            (self.max_width, offer.width),
            (self.max_height, offer.height),
        )
        return all(wanted is None or wanted == there for wanted, there in named) and all(
            most is None or there is None or there <= most for most, there in bounded
        )


def with_parts(offers: Sequence[LayerOffer]) -> list[tuple[LayerOffer, tuple[int, int]]]:
    """Each offer with the numbers of its highest spatial and temporal part, where "all of it" has a number too."""
    return [(offer, _parts(offer, offers)) for offer in offers]


def _parts(offer: LayerOffer, offers: Sequence[LayerOffer]) -> tuple[int, int]:
    same = [other.choice for other in offers if other.choice.layer == offer.choice.layer]
    top_spatial = max((choice.spatial + 1 for choice in same if choice.spatial is not None), default=0)
    top_temporal = max((choice.temporal + 1 for choice in same if choice.temporal is not None), default=0)
    spatial, temporal = offer.choice.spatial, offer.choice.temporal
    return top_spatial if spatial is None else spatial, top_temporal if temporal is None else temporal
