"""Claims about which mixers there are, and which is given a new mix."""

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from control_api.media.mixers import MixerRegistry, MixerSnapshot, NoMixer, RunningMix, least_busy
from tests.control_api.support.mixer import MixerStandIn


def mixer(mixer_id: str, *, mixes: int = 0, capacity: int = 8, may_admit: bool = True) -> MixerSnapshot:
    running: dict[Any, RunningMix] = {
        f"00000000-0000-4000-8000-{n:012}": RunningMix(revision=1, on_air=False, feed="connected", devices=0)
        for n in range(mixes)
    }
    return MixerSnapshot.model_validate(
        {"mixer_id": mixer_id, "capacity": capacity, "may_admit": may_admit, "mixes": running}
    )


def by_id(*mixers: MixerSnapshot) -> dict[str, MixerSnapshot]:
    return {found.mixer_id: found for found in mixers}


def test_the_mixer_with_the_fewest_mixes_is_chosen() -> None:
    mixers = by_id(mixer("a", mixes=3), mixer("b", mixes=1), mixer("c", mixes=2))
    assert least_busy(mixers, {}).mixer_id == "b"


def test_mixes_that_are_only_about_to_open_count_and_none_counts_twice() -> None:
    mixers = by_id(mixer("a", mixes=2), mixer("b"))
    assert least_busy(mixers, {"a": 2, "b": 3}).mixer_id == "a"


def test_a_mixer_that_is_full_or_admits_none_is_passed_over() -> None:
    mixers = by_id(mixer("a", capacity=1, mixes=1), mixer("b", may_admit=False), mixer("c", mixes=5))
    assert least_busy(mixers, {}).mixer_id == "c"
    with pytest.raises(NoMixer):
        least_busy(mixers, {"c": 8})
    with pytest.raises(NoMixer):
        least_busy({}, {})


async def test_a_snapshot_that_cannot_be_read_hides_its_mixer_and_no_other(valkey_url: str) -> None:
    async with Redis.from_url(valkey_url, decode_responses=True) as valkey:
        registry = MixerRegistry(valkey)
        assert await registry.mixers() == {}
        await MixerStandIn(valkey_url, "good").write()
        for mixer_id, raw in (("broken", "{"), ("hostile", json.dumps({"mixer_id": "x", "mixes": 5})), ("gone", None)):
            await valkey.sadd("mixer:workers", mixer_id)
            if raw is not None:
                await valkey.set(f"mixer:worker:{mixer_id}", raw)
        assert set(await registry.mixers()) == {"good"}
        assert await registry.known_ids() == {"good", "broken", "hostile", "gone"}
