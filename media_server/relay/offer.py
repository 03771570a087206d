"""What an edge posts to pull a stream: a key for both directions and the SSRC of its reports."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from media_server.transport.shared_key import SharedKey

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


@dataclass(frozen=True, slots=True)
class PullOffer:
    """`ssrc` is the edge's own. Media go to where its first report was verified to come from, once that is here."""

    key: SharedKey
    ssrc: int
    kinds: tuple[Kind, ...] = KINDS

    @classmethod
    def generate(cls) -> PullOffer:
        """A new key and a new SSRC, for all there is."""
        return cls(SharedKey.generate(), 1 + secrets.randbelow(0xFFFF_FFFF))

    @classmethod
    def parse(cls, body: bytes) -> PullOffer:
        """Raises RelayError."""
        if len(body) > MAX_OFFER_BYTES:
            raise RelayError(f"the offer is longer than {MAX_OFFER_BYTES} bytes")
        try:
            told = _Offer.model_validate_json(body)
            return cls(SharedKey.parse(told.key), told.ssrc, tuple(dict.fromkeys(told.kinds)))
        except ValidationError as error:
            raise RelayError(sentence(error)) from None
        except ValueError as error:
            raise RelayError(str(error)) from None

    def serialize(self) -> bytes:
        """The body of the POST."""
        return json.dumps({"key": self.key.serialize(), "ssrc": self.ssrc, "kinds": list(self.kinds)}).encode()


def sentence(error: ValidationError) -> str:
    """What is wrong and where, without what was given."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])[:64] or "the body"
    return f"{where}: {first['msg'][:120]}"
