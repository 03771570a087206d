"""Viewers choose a layer, and are told which there are (draft-ietf-wish-whep, "Video Layer Selection extension")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from media_server.http.admission import AddressLimit
from media_server.http.cors import preflight_response
from media_server.http.errors import ApiError
from media_server.http.incoming import admit, body, get_own_session
from media_server.router.layer_choice import LayerOffer
from media_server.sessions.layer_ask import LayerAsk, with_parts
from media_server.sessions.rooms import Rooms
from media_server.sessions.viewer import ViewerSession
from media_server.tokens import TokenVerifier

_JSON: Final = "application/json"

Number = Annotated[int, Field(ge=0, le=65_535)]


class LayerBody(BaseModel):
    """What is posted. `media_id` is the mid of the section, which browsers make its index.

    Drafts before the third call the `rid` `encodingId`. Ours are the numbers of the layers, the lowest 0.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", strict=True)

    media_id: Annotated[str, Field(max_length=64)] | None = None
    rid: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, validation_alias=AliasChoices("rid", "encodingId")
    )
    spatial_layer_id: Number | None = None
    temporal_layer_id: Number | None = None
    max_spatial_layer_id: Number | None = None
    max_temporal_layer_id: Number | None = None
    max_width: Number | None = None
    max_height: Number | None = None

    def as_ask(self) -> LayerAsk:
        """Raises ValueError for a `rid` that cannot be one of ours."""
        if self.rid is not None and not (self.rid.isascii() and self.rid.isdigit()):
            raise ValueError("the rid is not a number")
        return LayerAsk(
            layer=None if self.rid is None else int(self.rid),
            spatial=self.spatial_layer_id,
            temporal=self.temporal_layer_id,
            max_spatial=self.max_spatial_layer_id,
            max_temporal=self.max_temporal_layer_id,
            max_width=self.max_width,
            max_height=self.max_height,
        )


@dataclass(frozen=True, slots=True)
class LayerRoutes:
    """The handlers."""

    rooms: Rooms
    tokens: TokenVerifier
    limit: AddressLimit

    async def choose(self, request: web.Request) -> web.Response:
        """POST which layer to be sent, and the most of each kind of part; an empty object leaves it to us."""
        admit(request, self.limit)
        get_own_session(request, self.rooms, self.tokens, ViewerSession, "watch")
        raw = await body(request, _JSON)
        try:
            wish = LayerBody.model_validate_json(raw)
        except ValidationError as error:
            raise ApiError(400, "VALIDATION_ERROR", _sentence(error)) from None
        session = get_own_session(request, self.rooms, self.tokens, ViewerSession, "watch")
        offered = session.offered_layers()
        media_id = wish.media_id if wish.media_id is not None else next(iter(offered), "")
        if media_id not in offered:
            raise ApiError(422, "LAYER_NOT_FOUND", "no picture is sent in this section")
        try:
            ask = wish.as_ask()
        except ValueError:
            raise ApiError(422, "LAYER_NOT_FOUND", "there is no layer of this rid") from None
        if not ask.names_one_of(offered[media_id]):
            raise ApiError(422, "LAYER_NOT_FOUND", "the picture has no such layer at present")
        session.ask_for(ask)
        return web.Response(status=200, headers={"Cache-Control": "no-store"})

    async def options(self, request: web.Request) -> web.Response:
        """What may be sent here."""
        return preflight_response({"Accept-Post": _JSON})


def layer_routes(routes: LayerRoutes) -> list[web.RouteDef]:
    """Of each WHEP session."""
    path = "/whep/{stream_id}/{session_id}/layer"
    return [web.post(path, routes.choose), web.options(path, routes.options)]


def layers_event(offered: Mapping[str, Sequence[LayerOffer]]) -> dict[str, list[dict[str, Any]]]:
    """The data of a "layers" event: by section what can be chosen of it, the best first."""
    return {
        mid: [_layer(offer, *parts) for offer, parts in reversed(with_parts(offers))] for mid, offers in offered.items()
    }


def _layer(offer: LayerOffer, spatial: int, temporal: int) -> dict[str, Any]:
    said = {
        "rid": str(offer.choice.layer),
        "spatialLayerId": spatial,
        "temporalLayerId": temporal,
        # Rounded, so that it is news only when it is.
        "bitrate": round(offer.bitrate_bps, -4) if offer.is_active else 0,
        "width": offer.width,
        "height": offer.height,
    }
    return {name: value for name, value in said.items() if value is not None}


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
