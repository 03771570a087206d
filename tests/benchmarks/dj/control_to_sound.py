"""From a press to its sound: `python -m tests.benchmarks.dj.control_to_sound`.

In Chromium the cue button of the booth is held, and its sound is waited for where it reaches the page: everything that
loopback leaves of the way. The server's share is taken without a browser: from the command's arrival in Valkey to the
packet with its sound at a monitor, both in one process with the two workers' own loops.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
import wave
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import aiohttp
import numpy as np
from playwright.async_api import Page, async_playwright

from mixer.codecs.opus import OpusDecoder
from mixer.dsp.units import SAMPLE_RATE
from tests.e2e.browsers import launch, new_context
from tests.e2e.product import Product, running_product
from tests.mixer.rig import tone
from tests.mixer.worker.rig import add_track, mixer_worker
from tests.support.media_worker import media_worker
from tests.support.servers import OwnValkey, new_server_dir, remove_server_dir
from tests.support.waiting import eventually

PRESSES: Final = 60
SCRIPT: Final = Path(__file__).with_name("listener.js")
_LOUD: Final = 0.02
_PATIENCE_S: Final = 60.0


def percentiles(latencies_ms: Sequence[float]) -> dict[str, float]:
    return {"p50": float(np.percentile(latencies_ms, 50)), "p95": float(np.percentile(latencies_ms, 95))}


async def upload(product: Product, token: str) -> str:
    """A tone in the library of a DJ, ready; its id."""
    headers = {"Authorization": f"Bearer {token}"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tone.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(tone(1000.0, 30.0).tobytes())
        form = aiohttp.FormData()
        form.add_field("file", path.read_bytes(), filename="tone.wav", content_type="audio/wav")
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{product.url}/api/v1/dj/upload-track", data=form) as response:
            track_id = str((await response.json())["data"]["track"]["id"])

        async def is_ready() -> bool:
            track = (await product.call("GET", f"/dj/track/{track_id}", token=token))["track"]
            assert track["status"] in ("processing", "ready"), track["problem"]
            return bool(track["status"] == "ready")

        await eventually(is_ready, timeout_s=_PATIENCE_S, every_s=0.5)
    return track_id


async def in_chromium(presses: int) -> list[float]:
    """Milliseconds from the mouse button to the sound in the page."""
    folder = new_server_dir()
    try:
        with running_product(folder) as product:
            async with async_playwright() as playwright, AsyncExitStack() as stack:
                browser = await launch(playwright)
                stack.push_async_callback(browser.close)
                dj = await product.account("dj")
                track_id = await upload(product, dj.access_token)
                page = await (await new_context(browser, product, dj)).new_page()
                await page.add_init_script(path=SCRIPT)
                await page.goto("/booth")
                await page.get_by_test_id("open-booth").click()
                await page.get_by_test_id("guide-skip").click()
                mix = (await product.call("GET", "/dj/mix", token=dj.access_token))["mix"]
                load = {"deck": 0, "trackId": track_id}
                await product.call("POST", f"/dj/mix/{mix['id']}/load", load, token=dj.access_token)
                await page.get_by_test_id("deck1.listen").click()
                await page.evaluate("listenToCue()")
                return [await press(page) for _ in range(presses)]
    finally:
        remove_server_dir(folder)


async def press(page: Page) -> float:
    """Hold the cue button until its sound is heard."""
    await eventually(lambda: page.evaluate("!listener.isLoud"), timeout_s=_PATIENCE_S)
    # Not in step with anything: the tick, the packets, the blocks of the page.
    await asyncio.sleep(0.3 + random.uniform(0.0, 0.1))  # noqa: S311
    before = await page.evaluate("listener.onsets.length")
    button = page.get_by_test_id("deck1.cue")
    await button.evaluate(
        "button => button.addEventListener('pointerdown', () => { listener.pressedAt = performance.now() }, true)"
    )
    await button.hover()
    await page.mouse.down()
    await eventually(lambda: page.evaluate(f"listener.onsets.length > {before}"), timeout_s=_PATIENCE_S)
    await page.mouse.up()
    return float(await page.evaluate("listener.onsets.at(-1) - listener.pressedAt"))


async def of_the_server(presses: int) -> list[float]:
    """Milliseconds from a command in Valkey to the packet with its sound."""
    folder = new_server_dir()
    valkey = OwnValkey(folder / "valkey")
    valkey.start()
    try:
        track = add_track(folder, "tone", 1000.0)
        async with media_worker(valkey.url) as media, mixer_worker(valkey.url, folder) as mixer:
            booth = await mixer.booth(media)
            await mixer.connected(booth)
            await booth.loaded(0, track)
            await booth.command({"command": "SetListen", "deck": 0, "on": True})
            monitor = await media.monitor(booth.stream_id)
            await eventually(lambda: len(monitor.audio) > 20)
            latencies, decoder = [], OpusDecoder()
            for _ in range(presses):
                await asyncio.sleep(0.3 + random.uniform(0.0, 0.1))  # noqa: S311
                monitor.audio.clear()
                began = time.perf_counter()
                await booth.command({"command": "PressCue", "deck": 0})
                heard = 0
                while True:
                    if len(monitor.audio) > heard:
                        loudest = np.abs(decoder.decode(monitor.audio[heard].payload)).max(initial=0.0)
                        heard += 1
                        if loudest > _LOUD:
                            break
                    else:
                        await asyncio.sleep(0.0005)
                latencies.append(1000.0 * (time.perf_counter() - began))
                await booth.command({"command": "ReleaseCue", "deck": 0})
            return latencies
    finally:
        valkey.stop()
        remove_server_dir(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dj.control_to_sound", description=__doc__)
    parser.add_argument("--presses", type=int, default=PRESSES)
    parser.add_argument("--json", type=Path, default=Path("build/control_to_sound.json"))
    options = parser.parse_args()
    figures = {
        "Chromium, press to sound": percentiles(asyncio.run(in_chromium(options.presses))),
        "server's share": percentiles(asyncio.run(of_the_server(options.presses))),
    }
    for name, figure in figures.items():
        print(f"{name:28} p50 {figure['p50']:6.1f} ms   p95 {figure['p95']:6.1f} ms")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
