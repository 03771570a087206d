"""A worker of its own process, for a test to kill: it plays, and says where it is once that is on disk."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from mixer.engine import commands as c
from mixer.host.saved_mix import SavedMix
from tests.mixer.host.rig import running_host, song
from tests.support.waiting import eventually


async def main(folder: Path) -> None:
    async with running_host(folder, capacity=2) as rig:
        await rig.opened("mix", 4)
        await rig.play("mix", rig.track(song()), deck=3)
        assert rig.host.submit("mix", c.SetFader(3, 0.75), source="tablet", seq=1)
        path = folder / "state" / "mix.mix"
        await eventually(lambda: path.exists() and any(seq == 1 for _, _, seq in SavedMix.read(path).sequences))
        view = rig.view("mix")
        position = view.moment.decks[3].position_frames
        print(json.dumps({"pid": rig.host.engine_pid, "at": view.at, "position": position}), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
