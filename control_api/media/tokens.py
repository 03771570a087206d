"""Signs media tokens; ARCHITECTURE.md, "Media tokens", lists the claims."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from control_api.clock import Clock
from control_api.identity import StreamId, UserId, ViewerId
from control_api.media.ice_servers import IceServer, TurnServers
from control_api.settings import decode_base64url

ISSUER = "nrs-live"
AUDIENCE = "nrs-media"
PUBLISH_LIFE = timedelta(minutes=2)
WATCH_LIFE = timedelta(hours=6)
FEED_LIFE = timedelta(hours=24)
MONITOR_LIFE = timedelta(hours=6)
TALK_LIFE = timedelta(minutes=2)
RELAY_LIFE = timedelta(minutes=2)
KEY_ID_CHARS = 16


@dataclass(frozen=True, slots=True)
class MediaToken:
    """`ice_servers` are for a browser that cannot reach the worker by itself."""

    text: str
    expires_at: datetime
    ice_servers: tuple[IceServer, ...] = ()


class MediaTokenSigner:
    """`seed` is the Ed25519 seed in base64url. The `kid` is the start of the SHA-256 of the public key, in hex."""

    def __init__(self, seed: str, clock: Clock, turn: TurnServers | None = None) -> None:
        self._turn = turn
        self._key = Ed25519PrivateKey.from_private_bytes(decode_base64url(seed))
        self._key_id = hashlib.sha256(self._key.public_key().public_bytes_raw()).hexdigest()[:KEY_ID_CHARS]
        self._clock = clock

    def publish(self, stream_id: StreamId, user_id: UserId, generation: int) -> MediaToken:
        return self._sign_for_browser(
            PUBLISH_LIFE, {"sub": str(user_id), "stream": str(stream_id), "act": "publish", "gen": generation}
        )

    def watch(self, stream_id: StreamId, viewer_id: ViewerId) -> MediaToken:
        return self._sign_for_browser(WATCH_LIFE, {"sub": str(viewer_id), "stream": str(stream_id), "act": "watch"})

    def feed(self, stream_id: StreamId, mixer_id: str, generation: int) -> MediaToken:
        """For the mixer: the way of a mix to a media worker."""
        return self._sign(FEED_LIFE, {"sub": mixer_id, "stream": str(stream_id), "act": "feed", "gen": generation})

    def monitor(self, stream_id: StreamId, user_id: UserId) -> MediaToken:
        """For a DJ in the booth: the cue bus and the data channel."""
        return self._sign_for_browser(MONITOR_LIFE, {"sub": str(user_id), "stream": str(stream_id), "act": "monitor"})

    def talk(self, stream_id: StreamId, user_id: UserId, generation: int) -> MediaToken:
        """For a DJ in the booth: microphone and camera."""
        return self._sign_for_browser(
            TALK_LIFE, {"sub": str(user_id), "stream": str(stream_id), "act": "talk", "gen": generation}
        )

    def relay(self, stream_id: StreamId, worker_id: str) -> MediaToken:
        """For a media worker that pulls the stream from another."""
        return self._sign(RELAY_LIFE, {"sub": worker_id, "stream": str(stream_id), "act": "relay"})

    def is_good_feed(
        self, text: str, stream_id: StreamId, mixer_id: str, generation: int, *, for_at_least: timedelta
    ) -> bool:
        """Whether `text` is a token that `feed` made of the same, and has so much of its life left."""
        try:
            claims = jwt.decode(
                text,
                self._key.public_key(),
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=ISSUER,
                # Time is ours to tell, below.
                options={"verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return False
        is_same = (claims.get("sub"), claims.get("stream"), claims.get("act"), claims.get("gen")) == (
            mixer_id,
            str(stream_id),
            "feed",
            generation,
        )
        return is_same and claims.get("exp", 0) >= (self._clock() + for_at_least).timestamp()

    def _sign_for_browser(self, life: timedelta, claims: dict[str, Any]) -> MediaToken:
        token = self._sign(life, claims)
        return token if self._turn is None else replace(token, ice_servers=self._turn.for_bearer(claims["sub"]))

    def _sign(self, life: timedelta, claims: dict[str, Any]) -> MediaToken:
        issued_at = self._clock()
        expires_at = issued_at + life
        text = jwt.encode(
            {"iss": ISSUER, "aud": AUDIENCE, "iat": issued_at, "exp": expires_at, "jti": str(uuid4()), **claims},
            self._key,
            algorithm="EdDSA",
            headers={"kid": self._key_id},
        )
        return MediaToken(text, expires_at)
