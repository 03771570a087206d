"""A show from the opened booth to what viewers hear, with everything real between."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mixer.worker.rig import add_track, decoded, loudest_hz, mixer_worker
from tests.support.live_peers import Viewer
from tests.support.media_worker import media_worker
from tests.support.offers import OfferedMedia
from tests.support.waiting import eventually


async def heard(viewer: Viewer, packets: int = 30) -> float:
    """The loudest frequency of what comes from now on."""
    viewer.audio.clear()
    await eventually(lambda: len(viewer.audio) >= packets)
    return loudest_hz(decoded(list(viewer.audio)))


async def test_a_loaded_tone_is_heard_in_the_headphones_and_on_air_by_viewers(valkey_url: str, tmp_path: Path) -> None:
    tone = add_track(tmp_path, "a", 1000.0)
    async with media_worker(valkey_url) as media, mixer_worker(valkey_url, tmp_path) as mixer:
        booth = await mixer.booth(media)
        await mixer.connected(booth)
        await booth.loaded(0, tone)
        await booth.command(
            {"command": "SetListen", "deck": 0, "on": True}, {"command": "Play", "deck": 0, "playing": True}
        )
        monitor = await media.monitor(booth.stream_id)
        await booth.desk(lambda desk: desk["decks"][0]["playing"])
        assert await heard(monitor) == pytest.approx(1000.0, abs=10.0)
        await booth.want(on_air=True)
        await media.until_room(booth.stream_id, "live")
        viewer = await media.watch(booth.stream_id, media=OfferedMedia("recvonly", video=()))
        assert await heard(viewer) == pytest.approx(1000.0, abs=10.0)
        await booth.command({"command": "SetFader", "deck": 0, "position": 0.0})
        await booth.desk(lambda desk: desk["decks"][0]["fader"] == 0.0)
        assert await heard(viewer, 100) == 0.0 or await heard(viewer) == 0.0
