"""Settings of the ways to media workers."""

import re
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIN_SECRET_BYTES = 16
# RFC 7065 §3.1.
TURN_URI = re.compile(r"turns?:[A-Za-z0-9.\-\[\]:]{1,255}(\?transport=(udp|tcp))?")


class TurnSettings(BaseSettings):
    """Where relays are, and what they share with us. A field `x_y` is the variable `X_Y`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    turn_urls: Annotated[list[str], NoDecode] = Field(default=[])
    turn_secret: SecretStr | None = None

    @field_validator("turn_urls", mode="before")
    @classmethod
    def _split_urls(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("turn_urls")
    @classmethod
    def _are_turn(cls, urls: list[str]) -> list[str]:
        if not all(TURN_URI.fullmatch(url) for url in urls):
            raise ValueError("must list addresses like turn:turn.example.com:3478?transport=udp, separated by commas")
        return urls

    @model_validator(mode="after")
    def _has_secret(self) -> Self:
        secret = self.turn_secret.get_secret_value().encode() if self.turn_secret is not None else b""
        if self.turn_urls and len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"TURN_URLS needs a TURN_SECRET of at least {MIN_SECRET_BYTES} bytes")
        return self
