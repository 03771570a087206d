"""The figures of several servers beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tests.benchmarks.measure import Result
from tests.benchmarks.raw_loop import RawLoop

# Below this share of its core the server had time to spare.
SERVER_IS_LIMIT: Final = 0.85
OTHERS_MATTER: Final = 0.10

_ROWS: Final[tuple[tuple[str, Callable[[Result], float], str], ...]] = (
    ("server CPU a forwarded packet, µs", lambda r: r.us_per_packet, ".2f"),
    ("… at its most viewers, µs", lambda r: r.least_us_per_packet, ".2f"),
    ("viewers a core without loss", lambda r: r.viewers_per_core, ".0f"),
    ("joins a second", lambda r: r.joins_per_s, ".0f"),
    ("server CPU a join, ms", lambda r: r.join_cpu_ms, ".1f"),
    ("memory a viewer, KiB", lambda r: r.kib_per_viewer, ".0f"),
)


def forwarding_table(results: Sequence[Result], raw: RawLoop | None) -> str:
    """A column for each server; the others' are also divided by the first's, and the first's cost by the raw loop's."""
    first, *others = results
    head = f"{'':36}" + "".join(f"{result.name:>14}" for result in results)
    lines = ["", head + "".join(f"{other.name + ' / ours':>22}" for other in others)]
    for label, value, form in _ROWS:
        line = f"{label:36}" + "".join(f"{value(result):>14{form}}" for result in results)
        if value(first):
            line += "".join(f"{value(other) / value(first):>22.2f}" for other in others)
        lines.append(line)
    if raw is not None:
        ratio = first.least_us_per_packet / raw.us_per_packet
        lines.append(
            f"The raw loop takes {raw.us_per_packet:.2f} µs a packet to {raw.viewers} viewers; "
            f"{first.name} {ratio:.2f} times that at its most."
        )
    for result in results:
        lines += _remarks(result)
    return "\n".join(lines)


def _remarks(result: Result) -> list[str]:
    """What to know before the figures are believed."""
    said = []
    if result.joins_core < SERVER_IS_LIMIT:
        said.append(
            f"while joining, the server used {result.joins_core:.0%} of its core and the load generator "
            f"{result.joins_generator:.0%} of its own: more joins a second may be possible."
        )
    if result.is_capped:
        said.append("stopped at the most viewers it was to have; the server could take more.")
    if result.limited_by_generator:
        said.append("the load generator was the limit of viewers; the server could take more.")
    if result.others_on_core > OTHERS_MATTER:
        said.append(
            f"other programs took up to {result.others_on_core:.0%} of the server's core; "
            "measure on a quiet machine to know how many viewers fit."
        )
    return [f"{result.name}: {line}" for line in said]
