"""Who joins in the middle of a long group of pictures is sent it without flooding the path."""

from __future__ import annotations

import pytest

from tests.media_server.sessions.simulated_viewer import SimulatedViewer
from tests.support.bottleneck import Bottleneck

MBPS = 1_000_000
GROUP_S = 4.0
"""How old the group of pictures is; of 1.3 Mbit/s."""


@pytest.mark.parametrize(("capacity_bps", "queue_s"), [(5 * MBPS, 0.1), (8 * MBPS, 0.05)])
def test_a_path_of_some_times_the_stream_loses_nothing(capacity_bps: float, queue_s: float) -> None:
    viewer = SimulatedViewer(Bottleneck(capacity_bps, queue_s=queue_s), layers=(10,))
    viewer.run(GROUP_S)
    viewer.join()
    viewer.run(0.1)
    assert viewer.consumer.is_catching_up
    viewer.run(3.0)
    assert not viewer.consumer.is_catching_up
    assert viewer.link.lost == 0
    assert viewer.longest_silence_s(GROUP_S) < 0.1


def test_who_has_a_wide_path_is_at_the_present_within_half_of_what_was_missed() -> None:
    viewer = SimulatedViewer(Bottleneck(100 * MBPS), layers=(20,))
    viewer.run(GROUP_S)
    viewer.join()
    viewer.run(GROUP_S / 2 + 0.2)
    assert not viewer.consumer.is_catching_up
