"""What an edge posts to pull a stream: a key for both directions and the SSRC of its reports."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from media_server.transport.shared_key import SharedKey
from media_server.transport.sockets import IpVersion

Kind = Literal["audio", "video"]
KINDS: Final[tuple[Kind, ...]] = ("audio", "video")
MAX_OFFER_BYTES: Final = 4096
_MAX_KEY_CHARS: Final = 100


class RelayError(ValueError):
    """An offer or an answer of a pull that makes no sense. The message says why, and no secret."""


class _Offer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)

    key: str = Field(max_length=_MAX_KEY_CHARS)
    ssrc: int = Field(gt=0, le=0xFFFF_FFFF)
    kinds: list[Kind] = Field(min_length=1, max_length=2)
    ip_versions: list[IpVersion] = Field(default=[4], min_length=1, max_length=2)


@dataclass(frozen=True, slots=True)
class PullOffer:
    """`ssrc` is the edge's own. Media go to where its first report was verified to come from, once that is here.

    `ip_versions`: the families of IP that the edge can be reached by.
    """

    key: SharedKey
    ssrc: int
    kinds: tuple[Kind, ...] = KINDS
    ip_versions: tuple[IpVersion, ...] = (4,)

    @classmethod
    def generate(cls, ip_versions: tuple[IpVersion, ...] = (4,)) -> PullOffer:
        """A new key and a new SSRC, for all there is."""
        return cls(SharedKey.generate(), 1 + secrets.randbelow(0xFFFF_FFFF), ip_versions=ip_versions)

    @classmethod
    def parse(cls, body: bytes) -> PullOffer:
        """Raises RelayError."""
        if len(body) > MAX_OFFER_BYTES:
            raise RelayError(f"the offer is longer than {MAX_OFFER_BYTES} bytes")
        try:
            told = _Offer.model_validate_json(body)
            kinds, versions = tuple(dict.fromkeys(told.kinds)), tuple(dict.fromkeys(told.ip_versions))
            return cls(SharedKey.parse(told.key), told.ssrc, kinds, versions)
        except ValidationError as error:
            raise RelayError(sentence(error)) from None
        except ValueError as error:
            raise RelayError(str(error)) from None

    def serialize(self) -> bytes:
        """The body of the POST."""
        told = {"key": self.key.serialize(), "ssrc": self.ssrc, "kinds": self.kinds, "ip_versions": self.ip_versions}
        return json.dumps(told).encode()


def sentence(error: ValidationError) -> str:
    """What is wrong and where, without what was given."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])[:64] or "the body"
    return f"{where}: {first['msg'][:120]}"
