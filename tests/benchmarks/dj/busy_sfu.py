"""A media worker that forwards one camera to a crowd, and the crowd, in processes of their own.

`python -m tests.benchmarks.dj.busy_sfu --share 0.4` adds viewers until the worker takes that much of a core, then says
every few seconds how it is: a line of JSON, the fields of Forwarding.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final

from deploy.standalone.embedded import die_with_parent
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.dtls import DtlsIdentity
from tests.benchmarks.nrs import NrsLive
from tests.benchmarks.pump import Pump
from tests.benchmarks.source import FRAMES_PER_S
from tests.support.servers import new_server_dir, remove_server_dir

_FIRST_VIEWERS: Final = 100
_LEAST_STEP: Final = 5
_LONGEST_STEP: Final = 500
_LEAST_CORE: Final = 0.01
_MOST_VIEWERS: Final = 1100
# Those who have just joined are sent the group of pictures so far.
_SETTLE_FRAMES: Final = FRAMES_PER_S
_LOOK_FRAMES: Final = FRAMES_PER_S
_REPORT_FRAMES: Final = 5 * FRAMES_PER_S
_START_S: Final = 300.0
_READ_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Forwarding:
    """`core` is the worker's share of one, `packets_per_s` what arrived at the viewers, `loss` what did not."""

    viewers: int
    core: float
    packets_per_s: float
    loss: float


class Viewers:
    """Viewers of one worker, run by the calling thread."""

    def __init__(self, server: NrsLive) -> None:
        self._server = server
        self._pump = Pump()
        self._identity = DtlsIdentity()
        self._crowd = Crowd(server.pid, self._pump, self._identity)

    def publish(self) -> None:
        self._server.start_publishing(self._pump, self._identity)
        self._pump.run_frames(FRAMES_PER_S)

    def grow(self, count: int) -> None:
        """More viewers, or as many as there is time for; returns when they have had media for a while."""
        try:
            self._crowd.join(count, self._server.open_viewer)
        except TimeoutError as timeout:
            # On a machine that has something else to do; the next step asks for those who are missing.
            print(timeout, file=sys.stderr, flush=True)
        self._pump.run_frames(_SETTLE_FRAMES)

    def watch(self, frames: int) -> Forwarding:
        """Go on for so many frames of the camera."""
        began = time.monotonic()
        window = self._crowd.watch(frames)
        return Forwarding(window.viewers, window.core, window.packets / (time.monotonic() - began), window.loss)

    def close(self) -> None:
        self._crowd.close()
        self._pump.close()


class BusySfu:
    """The program as its parent sees it; `reports` is what it has said so far, the first once it is busy."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.reports: list[Forwarding] = []
        self._partial = b""

    def read(self) -> None:
        """Take what it has said since the last time. Raises RuntimeError when it has ended."""
        assert self._process.stdout is not None
        while select.select([self._process.stdout], [], [], 0.0)[0]:
            text = os.read(self._process.stdout.fileno(), _READ_BYTES)
            if not text:
                raise RuntimeError("the busy media worker has ended")
            *lines, self._partial = (self._partial + text).split(b"\n")
            self.reports += [Forwarding(**json.loads(line)) for line in lines]

    def wait_until_busy(self) -> None:
        """Blocks until the crowd is there."""
        deadline = time.monotonic() + _START_S
        while not self.reports:
            if time.monotonic() > deadline:
                raise TimeoutError("the media worker did not become busy")
            time.sleep(0.2)
            self.read()


@contextmanager
def busy_sfu(share: float) -> Iterator[BusySfu]:
    """A media worker that takes `share` of a core, until the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.dj.busy_sfu", "--share", str(share)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        preexec_fn=die_with_parent(signal.SIGTERM),
    ) as process:
        try:
            sfu = BusySfu(process)
            sfu.wait_until_busy()
            yield sfu
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.dj.busy_sfu", description=__doc__)
    parser.add_argument("--share", type=float, default=0.4, help="of a core, for the worker to take")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = new_server_dir()
    server = NrsLive(folder, core=None)
    crowd = Viewers(server)
    try:
        crowd.publish()
        crowd.grow(_FIRST_VIEWERS)
        forwarding = crowd.watch(_LOOK_FRAMES)
        while forwarding.core < options.share and forwarding.viewers < _MOST_VIEWERS:
            missing = round((options.share / max(forwarding.core, _LEAST_CORE) - 1.0) * forwarding.viewers)
            # A viewer costs less, the more there are.
            crowd.grow(min(max(_LEAST_STEP, missing), _LONGEST_STEP, _MOST_VIEWERS - forwarding.viewers))
            forwarding = crowd.watch(_LOOK_FRAMES)
        while True:
            print(json.dumps(asdict(forwarding)), flush=True)
            forwarding = crowd.watch(_REPORT_FRAMES)
    finally:
        crowd.close()
        server.close()
        remove_server_dir(folder)


if __name__ == "__main__":
    main()
