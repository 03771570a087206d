"""What looking at a file may cost, and who else looks at it."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

GIB = 1024**3


class InspectionSettings(BaseSettings):
    """A field `x_y` is the variable `X_Y`. Without `clamd_host` there is no ClamAV. The memory is enough for a track of
    `inspection_track_max_s`; of a file that needs more of anything, nothing comes but its rejection. Three hours of MP3
    took 2.6 GiB, 400 s of a processor, and 21 minutes beside other work."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    inspection_dir: Path | None = None
    inspection_memory_bytes: int = Field(default=3 * GIB, ge=GIB // 4)
    inspection_cpu_s: int = Field(default=900, ge=1, le=86_400)
    inspection_wall_s: float = Field(default=3_600.0, ge=0.1, le=86_400)
    inspection_track_max_s: int = Field(default=3 * 3_600, ge=1, le=4 * 3_600)
    clamd_host: str | None = None
    clamd_port: int = Field(default=3310, ge=1, le=65_535)
    clamd_timeout_s: float = Field(default=60.0, gt=0, le=3_600)
