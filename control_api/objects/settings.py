"""Where objects are kept, for every process that reads or writes them."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SCHEMES = frozenset({"file", "s3", "memory"})


class ObjectSettings(BaseSettings):
    """A field `x_y` is the variable `X_Y`.

    `objects_url` is `file:///folder`, or `s3://bucket/prefix`; `memory:///` forgets with the process. What is left out
    of an S3 account comes from the host, as with other programs of AWS.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    objects_url: str
    objects_endpoint: str | None = None
    objects_region: str | None = None
    objects_access_key_id: str | None = None
    objects_secret_access_key: SecretStr | None = None
    objects_timeout_s: float = Field(default=30.0, gt=0, le=600)

    @field_validator("objects_url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES:
            raise ValueError("must be an address like file:///var/lib/nrs-live/objects or s3://bucket/prefix")
        if parts.scheme == "s3" and not parts.netloc:
            raise ValueError("must name a bucket")
        if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
            raise ValueError("must name a folder from the root, after three slashes")
        return url
