"""What the programs read from the environment beside the settings of the parts they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

REPOSITORY: Final = Path(__file__).resolve().parents[2]


class ProcessSettings(BaseSettings):
    """A field `x_y` is the variable `X_Y`."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, frozen=True)

    node_env: Literal["development", "test", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def is_production(self) -> bool:
        return self.node_env == "production"


class WebSettings(ProcessSettings):
    """The API process serves the built web app."""

    web_dist: Path = REPOSITORY / "web" / "dist"
    media_public_url: str | None = None
    media_origins: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("media_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("media_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin_of(origin) != origin:
                raise ValueError("must list origins like https://media.example.com, without a path")
        return origins

    @field_validator("media_public_url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if url is not None:
            origin_of(url)
        return url

    @property
    def all_media_origins(self) -> tuple[str, ...]:
        """Where browsers may reach media workers, beside the host that served the page."""
        known = (origin_of(self.media_public_url),) if self.media_public_url else ()
        return tuple(dict.fromkeys((*known, *self.media_origins)))


def origin_of(url: str) -> str:
    """Scheme and authority of an http(s) URL. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(c in url for c in " ;,'\""):
        raise ValueError(f"{url!r} is not an http or https address")
    return f"{parts.scheme}://{parts.netloc}"


def sentences(error: ValidationError) -> str:
    """What is wrong with the environment, by variable, without any of the values."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    lines = []
    for problem in problems:
        variable = str(problem["loc"][0]).upper() if problem["loc"] else "The environment"
        lines.append(
            f"{variable} is not set: see deploy/env.example."
            if problem["type"] == "missing"
            else f"{variable}: {problem['msg'].removeprefix('Value error, ')}."
        )
    return "\n".join(lines)
