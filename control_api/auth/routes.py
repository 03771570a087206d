"""/auth: accounts and sessions. Browsers keep the refresh token in a cookie that scripts cannot read."""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import hdrs, web

from control_api.api.access import Access
from control_api.api.client import CLIENT
from control_api.api.envelopes import Nothing
from control_api.api.router import Answer, Cookie, RateClass, Routes
from control_api.auth.models import (
    LoginRequest,
    LoginView,
    LogoutRequest,
    RefreshRequest,
    RefreshView,
    RegisteredView,
    RegisterRequest,
    UserView,
)
from control_api.auth.passwords import PasswordTooLong, WeakPassword
from control_api.auth.service import (
    AuthService,
    InvalidCredentials,
    InvalidRefreshToken,
    RefreshTokenReused,
    TooManyAttempts,
)
from control_api.errors import OriginNotAllowed
from control_api.users.service import EmailTaken, UsernameTaken

COOKIE_NAME = "nrs_refresh"
# Both /api/v1/auth and /api/auth have to be sent it.
COOKIE_PATH = "/api"
# Tells the web app, which cannot see the other one, whether there is a session to ask for.
HINT_NAME = "nrs_signed_in"


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    max_age_s: int
    always_secure: bool
    allowed_origins: frozenset[str]


AUTH = web.AppKey("auth", AuthService)
COOKIES = web.AppKey("cookies", CookiePolicy)
routes = Routes("Authentication")


@routes.post(
    "/auth/register",
    access=Access.OPEN,
    rate_class=RateClass.AUTH,
    status=HTTPStatus.CREATED,
    errors=[EmailTaken, UsernameTaken, WeakPassword, PasswordTooLong],
)
async def register(request: web.Request, body: RegisterRequest) -> Answer[RegisteredView]:
    """Register a new user"""
    user = await request.app[AUTH].register(body)
    return Answer(RegisteredView(user_id=user.id, email=user.email, role=user.role), message="Registration successful.")


@routes.post("/auth/login", access=Access.OPEN, rate_class=RateClass.AUTH, errors=[InvalidCredentials, TooManyAttempts])
async def login(request: web.Request, body: LoginRequest) -> Answer[LoginView]:
    """Sign in

    The refresh token is in the answer, for programs, and in the HttpOnly cookie `nrs_refresh`, for browsers.
    """
    signed_in = await request.app[AUTH].login(body.email, body.password, address_key=request[CLIENT].limit_key)
    view = LoginView(
        access_token=signed_in.access_token, refresh_token=signed_in.refresh_token, user=UserView.of(signed_in.user)
    )
    return Answer(view, cookies=_cookies(request, signed_in.refresh_token))


@routes.post(
    "/auth/refresh",
    access=Access.OPEN,
    rate_class=RateClass.GENERAL,
    errors=[InvalidRefreshToken, RefreshTokenReused, OriginNotAllowed],
)
async def refresh(request: web.Request, body: RefreshRequest) -> Answer[RefreshView]:
    """Get a new access token and rotate the refresh token

    Takes the token of the body, else of the cookie `nrs_refresh`. A token that was rotated before revokes all
    tokens that came from the same log-in.
    """
    from_body = body.refresh_token
    signed_in = await request.app[AUTH].refresh(from_body or _token_of_cookie(request))
    view = RefreshView(
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token if from_body else None,
        user=UserView.of(signed_in.user),
    )
    return Answer(view, cookies=() if from_body else _cookies(request, signed_in.refresh_token))


@routes.post("/auth/logout", access=Access.OPEN, errors=[OriginNotAllowed])
async def logout(request: web.Request, body: LogoutRequest) -> Answer[Nothing]:
    """Sign out

    Revokes all tokens that came from the same log-in, access tokens too, and clears the cookie.
    """
    token = body.refresh_token
    if token is None and COOKIE_NAME in request.cookies:
        token = _token_of_cookie(request)
    if token is not None:
        await request.app[AUTH].logout(token)
    return Answer(Nothing(), cookies=_cookies(request, ""))


def _cookies(request: web.Request, token: str) -> list[Cookie]:
    """The refresh token and the hint that there is one; without a token, both are taken away."""
    policy = request.app[COOKIES]
    max_age_s = policy.max_age_s if token else 0
    is_secure = policy.always_secure or request[CLIENT].is_secure
    hint = "1" if token else ""
    return [
        Cookie(COOKIE_NAME, token, COOKIE_PATH, max_age_s, is_secure),
        Cookie(HINT_NAME, hint, "/", max_age_s, is_secure, is_for_scripts=True),
    ]


def _token_of_cookie(request: web.Request) -> str:
    """Raises InvalidRefreshToken without a cookie, OriginNotAllowed when a page of somewhere else had it sent."""
    # SameSite=Strict keeps other sites out; this keeps out other origins of the same site, a neighbour's subdomain
    # (Fetch Metadata, Sec-Fetch-Site). A program that is no browser does not send the field.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin not in request.app[COOKIES].allowed_origins:
            raise OriginNotAllowed
    token = request.cookies.get(COOKIE_NAME)
    if not token:
        raise InvalidRefreshToken
    return token
