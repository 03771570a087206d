"""Which mixers are alive and what each says of itself (ARCHITECTURE.md, "The DJ's show")."""

from collections.abc import Mapping
from typing import Literal, cast

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from redis.asyncio import Redis

from control_api.errors import ApiError, ErrorKind
from control_api.identity import StreamId
from control_api.valkey import valkey_outages

MIXERS = "mixer:workers"
MIXERS_CHANGED = "mixer:changed"

log = structlog.get_logger(__name__)


class NoMixer(ApiError):
    code = "NO_MIXER"
    kind = ErrorKind.UNAVAILABLE
    message = "No mixer can take the mix right now; try again shortly."

    def __init__(self) -> None:
        super().__init__(retry_after_s=2)


class _Snapshot(BaseModel):
    # A mixer of a newer version may say more than we know of.
    model_config = ConfigDict(frozen=True, extra="ignore")


class RunningMix(_Snapshot):
    revision: int
    on_air: bool
    feed: Literal["connecting", "connected"]
    problem: str | None = None
    begun: bool = True
    """False of one that the mixer has no room for."""
    devices: int = Field(ge=0)
    """In the booth: heard of in the last ten seconds."""

    @property
    def is_running(self) -> bool:
        """Not while the mixer could not begin it, or its feed is refused by the media worker."""
        return self.problem is None or self.feed == "connected"


class MixerSnapshot(_Snapshot):
    mixer_id: str = Field(min_length=1, max_length=128)
    capacity: int = Field(ge=0)
    may_admit: bool
    mixes: dict[StreamId, RunningMix]


class MixerRegistry:
    """Reads the snapshots of live mixers. A mixer whose lease ran out is not among them."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey

    async def known_ids(self) -> set[str]:
        """Every mixer ever seen and not forgotten yet, alive or not. Raises ServiceUnavailable."""
        with valkey_outages():
            return cast("set[str]", await self._valkey.smembers(MIXERS))

    async def mixers(self) -> dict[str, MixerSnapshot]:
        """The snapshot of every live mixer by its id. Raises ServiceUnavailable."""
        mixer_ids = sorted(await self.known_ids())
        if not mixer_ids:
            return {}
        with valkey_outages():
            raws = cast(
                "list[str | None]", await self._valkey.mget([f"mixer:worker:{mixer_id}" for mixer_id in mixer_ids])
            )
        snapshots = (_parse(mixer_id, raw) for mixer_id, raw in zip(mixer_ids, raws, strict=True))
        return {
            mixer_id: snapshot for mixer_id, snapshot in zip(mixer_ids, snapshots, strict=True) if snapshot is not None
        }


def least_busy(mixers: Mapping[str, MixerSnapshot], mixes_of: Mapping[str, int]) -> MixerSnapshot:
    """The mixer with the fewest mixes among those that may take one more; `mixes_of` counts those PostgreSQL has given
    to each, so that mixes which are only about to open count too. Raises NoMixer."""

    def load(mixer: MixerSnapshot) -> int:
        return max(len(mixer.mixes), mixes_of.get(mixer.mixer_id, 0))

    with_room = [mixer for mixer in mixers.values() if mixer.may_admit and load(mixer) < mixer.capacity]
    if not with_room:
        raise NoMixer
    return min(with_room, key=lambda mixer: (load(mixer), mixer.mixer_id))


def _parse(mixer_id: str, raw: str | None) -> MixerSnapshot | None:
    if raw is None:
        return None
    try:
        return MixerSnapshot.model_validate_json(raw)
    except ValidationError as error:
        log.warning("mixer_snapshot_unreadable", mixer_id=mixer_id, problems=error.error_count())
        return None
