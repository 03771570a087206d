"""/stream/encoder: what the next stream from an encoder is to be."""

from aiohttp import web

from control_api.api.access import Access
from control_api.api.router import Routes
from control_api.encoders.models import EncoderWish
from control_api.encoders.service import EncoderService
from control_api.encoders.views import EncoderWishRequest, EncoderWishView
from control_api.identity import Actor, Role
from control_api.users.routes import USERS

ENCODERS = web.AppKey("encoders", EncoderService)
routes = Routes("Encoders")
creators = Access.of(Role.DJ, Role.PERFORMER)


@routes.get("/stream/encoder", access=creators)
async def get_encoder_wish(request: web.Request, actor: Actor) -> EncoderWishView:
    """Get what the next stream from one's encoder is to be"""
    user = await request.app[USERS].get(actor.user_id)
    return EncoderWishView.of(await request.app[ENCODERS].wish_of(actor.user_id, user.username))


@routes.put("/stream/encoder", access=creators)
async def put_encoder_wish(request: web.Request, actor: Actor, body: EncoderWishRequest) -> EncoderWishView:
    """Say what the next stream from one's encoder is to be"""
    wish = EncoderWish(body.title, body.description, body.record, body.take_over)
    await request.app[ENCODERS].put_wish(actor.user_id, wish)
    return EncoderWishView.of(wish)
