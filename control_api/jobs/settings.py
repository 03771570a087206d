"""Settings of the jobs process."""

from pydantic import Field, SecretStr

from control_api.inspection.settings import InspectionSettings
from control_api.objects.settings import ObjectSettings


class JobSettings(ObjectSettings, InspectionSettings):
    """A field `x_y` is the variable `X_Y`."""

    database_url: SecretStr
    database_pool_size: int = Field(default=10, ge=1, le=200)
    database_timeout_s: float = Field(default=2.0, gt=0, le=30)
    database_command_timeout_s: float = Field(default=5.0, gt=0, le=60)
    redis_url: SecretStr
    redis_timeout_s: float = Field(default=2.0, gt=0, le=30)
    jobs_host: str = "127.0.0.1"
    jobs_port: int = Field(default=3300, ge=0, le=65_535)
    jobs_concurrency: int = Field(default=1, ge=1, le=64)
