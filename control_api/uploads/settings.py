"""How much may go up."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

GIB = 1024**3


class UploadSettings(BaseSettings):
    """A field `x_y` is the variable `X_Y`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    upload_max_bytes: int = Field(default=100 * 1024**2, ge=1, le=10 * GIB)
    dj_storage_bytes: int = Field(default=10 * GIB, ge=1)
    upload_expires_s: int = Field(default=86_400, ge=60, le=30 * 86_400)
    upload_transfers_max: int = Field(default=32, ge=1, le=1_000)
    rate_limit_upload_max_requests: int = Field(default=600, ge=1)
