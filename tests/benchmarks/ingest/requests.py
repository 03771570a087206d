"""LL-HLS requests a second and core: parts and playlists, of a worker and of a process beside it, asked for by wrk."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from tests.benchmarks.ingest.cpu import cpu_s, measure
from tests.benchmarks.ingest.encoders import make_clip, pushing
from tests.benchmarks.ingest.ours import OurWorker
from tests.support.servers import new_server_dir, remove_server_dir

PROGRAM: Final = shutil.which("wrk")
CONNECTIONS: Final = 64


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ingest.requests", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    if PROGRAM is None:
        print("wrk is not installed (Debian: apt-get install wrk), so nothing can ask fast enough.")
        return 0
    clip = make_clip(Path("build/clip-2mbit.flv"), megabits=2.0, size="1280x720")
    for name, processes in (("the worker itself", 0), ("one process beside it", 1)):
        print(f"{name}:")
        _measure(clip, processes, options.seconds)
    return 0


def _measure(clip: Path, processes: int, seconds: float) -> None:
    folder = new_server_dir()
    worker = OurWorker(folder, hls_processes=processes)
    try:
        with pushing(clip, [worker.push_url(0)]):
            worker.until_playable(0)
            time.sleep(5.0)
            idle = measure(worker, seconds / 3)
            playlist, segment, part = addresses(worker)
            for name, path in (("segment", segment), ("part", part), ("media playlist", playlist)):
                asked, size, busy = ask(worker, path, seconds)
                share = (busy - idle) / 100.0
                print(
                    f"  {name}: {asked:.0f} requests a second of {size / 1024:.0f} KiB, {share:.2f} of a core:"
                    f" {asked / share:.0f} a core"
                )
    finally:
        worker.close()
        remove_server_dir(folder)


def addresses(worker: OurWorker) -> tuple[str, str, str]:
    """A media playlist, its oldest segment and one of its parts."""
    index = worker.hls_path(0)
    playlist = urljoin(index, first(worker, index, r"^(?!#)(\S+m3u8\S*)$"))
    segment = urljoin(playlist, first(worker, playlist, r"^(?!#)(\S+\.m4s\S*)$"))
    part = urljoin(playlist, first(worker, playlist, r'#EXT-X-PART:.*URI="([^"]+)"'))
    return playlist, segment, part


def ask(worker: OurWorker, path: str, seconds: float) -> tuple[float, int, float]:
    """(requests a second, bytes an answer, % of a core). Raises RuntimeError for what is not answered with 200."""
    status, body = worker.get(path)
    if status != 200:
        raise RuntimeError(f"{path.partition('?')[0]}: {status}")
    command = [str(PROGRAM), "-t1", f"-c{CONNECTIONS}", f"-d{round(seconds)}s", worker.http_url + path]
    before, since = cpu_s(worker), time.monotonic()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    share = 100.0 * (cpu_s(worker) - before) / (time.monotonic() - since)
    if "Non-2xx" in said:
        raise RuntimeError(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None, said
    return float(found[1]), len(body), share


def first(worker: OurWorker, path: str, pattern: str) -> str:
    """The first group of `pattern` in what is answered. Raises RuntimeError where there is none."""
    status, body = worker.get(path)
    found = re.search(pattern, body.decode(), re.MULTILINE)
    if status != 200 or found is None:
        raise RuntimeError(f"{path.partition('?')[0]}: {status}, without {pattern}")
    return found[1]


if __name__ == "__main__":
    raise SystemExit(main())
