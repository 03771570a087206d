"""Glass to glass: a clock is filmed in the studio page, and read off the screens of viewers' pages.

Everything runs on this machine, so both ends share one clock. `python -m tests.benchmarks.latency` runs it alone.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Final, Literal

from playwright.async_api import async_playwright

from tests.e2e.browsers import StudioPage, WatchPage, launch, new_context
from tests.e2e.product import running_product
from tests.support.servers import new_server_dir, remove_server_dir

FRAMES: Final = 300
# An LL-HLS player approaches its target from further behind.
SETTLE_FRAMES: Final = 45
SETTLE_STEPS: Final = 10
LATE_JOINERS: Final = 10


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds."""

    webrtc_median: float
    webrtc_p95: float
    hls_median: float
    hls_p95: float
    page_to_first_frame_median: float
    join_to_first_frame_median: float


async def measure_latency(say: Callable[[str], None]) -> Latency:
    """Starts the product, publishes through the studio page, watches over both transports one after the other."""
    folder = new_server_dir()
    try:
        with running_product(folder) as product:
            async with async_playwright() as playwright, AsyncExitStack() as stack:
                browser = await launch(playwright)
                stack.push_async_callback(browser.close)
                creator = await product.account("performer")
                studio = await StudioPage.open(await new_context(browser, product, creator))
                stream_id = await studio.go_live("Latency")

                async def watch(transport: Literal["webrtc", "hls"]) -> Sequence[float]:
                    context = await new_context(browser, product)
                    viewer = await WatchPage.open(context, stream_id, transport)
                    await viewer.plays_over(transport)
                    for _ in range(SETTLE_STEPS):
                        await viewer.frames_advance(SETTLE_FRAMES)
                    readings = await viewer.latencies_ms(FRAMES)
                    await context.close()
                    say(f"{transport}: {_percentiles(readings)}")
                    return readings

                async def join() -> tuple[float, float]:
                    context = await new_context(browser, product)
                    viewer = await WatchPage.open(context, stream_id, "webrtc")
                    took = await viewer.first_frame_ms(), await viewer.first_frame_after_joining_ms()
                    await context.close()
                    return took

                over_webrtc = await watch("webrtc")
                over_hls = await watch("hls")
                pages, joins = zip(*[await join() for _ in range(LATE_JOINERS)], strict=True)
                say(f"late joiners, from opening the page to the first frame: {_percentiles(pages)}")
                say(f"late joiners, from asking for WebRTC to the first frame: {_percentiles(joins)}")
                return Latency(
                    *_summary(over_webrtc), *_summary(over_hls), statistics.median(pages), statistics.median(joins)
                )
    finally:
        remove_server_dir(folder)


def _summary(readings: Sequence[float]) -> tuple[float, float]:
    return statistics.median(readings), statistics.quantiles(readings, n=20)[-1]


def _percentiles(readings: Sequence[float]) -> str:
    median, p95 = _summary(readings)
    return f"median {median:.0f} ms, 95% within {p95:.0f} ms, of {len(readings)}"


if __name__ == "__main__":
    print(asdict(asyncio.run(measure_latency(print))))
