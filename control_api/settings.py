"""Settings of the API process, read from the environment under the specification's names."""

import base64
import binascii
import re
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from control_api.media.settings import TurnSettings
from control_api.objects.settings import ObjectSettings
from control_api.uploads.settings import UploadSettings

DURATION = re.compile(r"^(?P<count>\d{1,6})(?P<unit>[smhd])$")
SECONDS_OF_UNIT = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
MIN_SECRET_BYTES = 32
ED25519_SEED_BYTES = 32
AES_KEY_BYTES = 32
REPOSITORY = Path(__file__).resolve().parents[1]


class SettingsError(ValueError):
    """The environment does not describe a process that can run; the message names each variable."""


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


def _duration(value: object) -> object:
    """`15m`, `7d`, `30s` or `2h` as the specification writes them; anything else is left to pydantic."""
    if isinstance(value, str):
        match = DURATION.match(value.strip())
        if match is None:
            raise ValueError("must be a whole number followed by s, m, h or d, like 15m")
        return timedelta(seconds=int(match["count"]) * SECONDS_OF_UNIT[match["unit"]])
    return value


def _comma_list(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Networks = Annotated[list[IPv4Network | IPv6Network], NoDecode]
Origins = Annotated[list[str], NoDecode]
Secrets = Annotated[list[SecretStr], NoDecode]


class ApiSettings(ObjectSettings, UploadSettings, TurnSettings):
    """Every value the API process takes from outside. A field `x_y` is the variable `X_Y`."""

    node_env: Environment = Environment.DEVELOPMENT
    host: str = "0.0.0.0"  # noqa: S104 - a server that others reach; loopback alone is HOST=127.0.0.1
    port: int = Field(default=3000, ge=0, le=65_535)
    api_version: str = Field(default="v1", pattern=r"^v[0-9]{1,3}$")

    database_url: SecretStr
    database_pool_size: int = Field(default=10, ge=1, le=200)
    database_timeout_s: float = Field(default=2.0, gt=0, le=30)
    database_command_timeout_s: float = Field(default=5.0, gt=0, le=60)
    database_startup_wait_s: float = Field(default=30.0, ge=0, le=600)
    redis_url: SecretStr
    redis_timeout_s: float = Field(default=2.0, gt=0, le=30)

    jwt_secret: SecretStr
    jwt_expires_in: Duration = timedelta(minutes=15)
    refresh_token_secret: SecretStr
    refresh_token_expires_in: Duration = timedelta(days=7)
    refresh_reuse_grace_s: float = Field(default=10.0, ge=0, le=60)
    bcrypt_cost: int = Field(default=12, ge=4, le=16)

    cors_origin: Origins = Field(default=[])
    trusted_proxies: Networks = Field(default=[])
    rate_limit_window_ms: int = Field(default=60_000, ge=1_000, le=86_400_000)
    rate_limit_max_requests: int = Field(default=600, ge=1)
    rate_limit_auth_max_requests: int = Field(default=30, ge=1)
    rate_limit_stream_max_requests: int = Field(default=120, ge=1)
    rate_limit_media_max_requests: int = Field(default=12_000, ge=1)
    login_attempts_max: int = Field(default=10, ge=1)
    login_attempts_window_s: int = Field(default=900, ge=1)
    max_body_bytes: int = Field(default=65_536, ge=1_024, le=16_777_216)

    media_token_private_key: SecretStr
    internal_token: SecretStr
    targets_secret: SecretStr
    targets_secrets_old: Secrets = Field(default=[])
    targets_allow_private: bool = False
    rtmp_port: int = Field(default=1935, ge=0, le=65_535)
    rtmps_port: int | None = Field(default=None, ge=0, le=65_535)
    srt_port: int | None = Field(default=None, ge=0, le=65_535)
    rtmp_public_url: str | None = None
    rtmps_public_url: str | None = None
    srt_public_url: str | None = None
    replays_bytes: int = Field(default=100 * 1024**3, ge=1)
    replay_grace_s: float = Field(default=120.0, ge=1, le=86_400)
    rewind_s: int = Field(default=7_200, ge=0, le=7_200)
    ladder: bool = True
    publish_grace_s: float = Field(default=30.0, ge=0, le=3_600)
    publish_wait_s: float = Field(default=120.0, ge=1, le=3_600)
    mix_grace_s: float = Field(default=600.0, ge=1, le=86_400)
    mixer_grace_s: float = Field(default=8.0, ge=1, le=600)
    booth_idle_s: float = Field(default=1_800.0, ge=1, le=86_400)
    opus_bitrate_bps: int = Field(default=192_000, ge=16_000, le=510_000)
    dj_recordings_bytes: int = Field(default=50 * 1024**3, ge=1)

    swagger_dir: Path = REPOSITORY / "web" / "dist" / "swagger"

    @field_validator("cors_origin", "trusted_proxies", "targets_secrets_old", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _comma_list(value)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, list):
            return [ip_network(item, strict=False) if isinstance(item, str) else item for item in value]
        return value

    @field_validator("cors_origin")
    @classmethod
    def _origins(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            parts = urlsplit(origin)
            if (
                parts.scheme not in {"http", "https"}
                or not parts.netloc
                or origin != f"{parts.scheme}://{parts.netloc}"
            ):
                raise ValueError("must list origins like https://example.com, separated by commas, without a path")
        return origins

    @field_validator("jwt_secret", "refresh_token_secret", "internal_token")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value().encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"must be at least {MIN_SECRET_BYTES} bytes long")
        return secret

    @field_validator("media_token_private_key")
    @classmethod
    def _ed25519_seed(cls, key: SecretStr) -> SecretStr:
        try:
            seed = decode_base64url(key.get_secret_value())
        except ValueError as error:
            raise ValueError("must be base64url") from error
        if len(seed) != ED25519_SEED_BYTES:
            raise ValueError(f"must be an Ed25519 seed of {ED25519_SEED_BYTES} bytes in base64url")
        return key

    @field_validator("targets_secret")
    @classmethod
    def _aes_key(cls, secret: SecretStr) -> SecretStr:
        _check_aes_key(secret)
        return secret

    @field_validator("targets_secrets_old")
    @classmethod
    def _aes_keys(cls, secrets: list[SecretStr]) -> list[SecretStr]:
        for secret in secrets:
            _check_aes_key(secret)
        return secrets

    @field_validator("rtmp_public_url", "rtmps_public_url", "srt_public_url")
    @classmethod
    def _server(cls, url: str | None, info: ValidationInfo) -> str | None:
        scheme = (info.field_name or "").partition("_")[0]
        if url is not None and (urlsplit(url).scheme != scheme or not urlsplit(url).hostname):
            raise ValueError(f"must be an address like {scheme}://live.example.com:1935/live")
        return url

    @property
    def is_production(self) -> bool:
        return self.node_env is Environment.PRODUCTION

    @classmethod
    def from_environment(cls) -> Self:
        """Read the environment. Raises SettingsError, which names every variable that is missing or wrong."""
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(_sentences(error)) from error


def decode_base64url(text: str) -> bytes:
    """Bytes of unpadded or padded base64url (RFC 4648 §5). Raises ValueError."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _check_aes_key(secret: SecretStr) -> None:
    try:
        length = len(decode_base64url(secret.get_secret_value()))
    except ValueError:
        length = 0
    if length != AES_KEY_BYTES:
        raise ValueError(f"must be {AES_KEY_BYTES} bytes in base64url")


def _sentences(error: ValidationError) -> str:
    sentences = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        variable = str(problem["loc"][0]).upper() if problem["loc"] else "environment"
        if problem["type"] == "missing":
            sentences.append(f"{variable} is not set")
        else:
            sentences.append(f"{variable}: {problem['msg'].removeprefix('Value error, ')}")
    return "; ".join(sentences)
