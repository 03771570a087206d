"""The signed-in user's own account."""

from aiohttp import web

from control_api.api.access import Access
from control_api.api.router import Routes
from control_api.identity import Actor
from control_api.users.models import ProfileView
from control_api.users.service import UserNotFound, UserService

USERS = web.AppKey("users", UserService)
routes = Routes("Users")


@routes.get("/user/profile", access=Access.SIGNED_IN, errors=[UserNotFound])
async def get_own_profile(request: web.Request, actor: Actor) -> ProfileView:
    """Get the current user's profile"""
    return ProfileView.of(await request.app[USERS].get(actor.user_id))
