"""Probes: how often, how much, how fast."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.congestion.prober import LEAST_OCTETS, PAUSES_S, REST_S, SLICE_S, ProbeCluster, Prober

PACKET = 1_180


def send(cluster: ProbeCluster, *, now: float) -> list[tuple[float, int]]:
    """When what left, in whole packets as they are sent."""
    sent: list[tuple[float, int]] = []
    while not cluster.is_over:
        due = cluster.due(now=now)
        while due > 0 and not cluster.is_over:
            cluster.sent(PACKET)
            sent.append((now, PACKET))
            due -= PACKET
        now += SLICE_S
    return sent


def clusters(prober: Prober, target_bps: float, media_bps: float, *, until: float) -> list[float]:
    """When clusters were planned."""
    times = [step * 0.1 for step in range(round(until / 0.1))]
    return [now for now in times if prober.plan(target_bps, media_bps=media_bps, now=now) is not None]


def test_a_series_is_three_clusters_with_growing_pauses_and_then_a_rest() -> None:
    planned = clusters(Prober(), 575_000, 200_000, until=60.0)
    gaps = [round(later - earlier, 1) for earlier, later in itertools.pairwise(planned)]
    assert gaps[:3] == [*PAUSES_S, REST_S]
    assert gaps[5] == 2 * REST_S


def test_another_target_is_probed_without_a_rest() -> None:
    prober = Prober()
    clusters(prober, 575_000, 200_000, until=6.0)
    assert prober.plan(575_000, media_bps=200_000, now=6.0) is None
    assert prober.plan(2_300_000, media_bps=500_000, now=7.5) is not None


def test_nothing_is_planned_while_nothing_is_wanted() -> None:
    assert Prober().plan(None, media_bps=200_000, now=1.0) is None


@settings(deadline=None)
@given(st.floats(50_000, 5_000_000), st.floats(0, 5_000_000))
def test_a_cluster_is_a_quarter_of_a_seconds_traffic_at_most(target_bps: float, media_bps: float) -> None:
    cluster = Prober().plan(target_bps, media_bps=media_bps, now=10.0)
    assert cluster is not None
    octets = sum(size for _, size in send(cluster, now=10.0))
    assert octets - PACKET <= max((media_bps / 8 + octets) / 4, LEAST_OCTETS)


def test_what_leaves_with_the_media_makes_the_target() -> None:
    cluster = Prober().plan(1_500_000, media_bps=500_000, now=0.0)
    assert cluster is not None
    sent = send(cluster, now=0.0)
    lasts_s = sent[-1][0] - sent[0][0]
    probed_bps = 8 * sum(size for _, size in sent[:-1]) / lasts_s
    assert 1_500_000 < probed_bps + 500_000 < 2_000_000


def test_a_first_packet_leaves_at_once() -> None:
    cluster = ProbeCluster(rate_bps=1_000_000, octets=5_000, now=1.0)
    assert 0 < cluster.due(now=1.0) <= 1_000_000 * SLICE_S / 8
