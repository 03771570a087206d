"""`python -m mixer.inspection`: one task, given as JSON on standard input, answered in `result.json` of its folder.

    {"task": "inspect" | "analyse", "folder", "suffix", "max_seconds", "parent": process id,
     "bounds": {"memory_bytes", "mapped_bytes", "cpu_s", "file_bytes"}}

Whoever starts it and sees another exit status than 0, or no result, takes the file for what cannot be inspected.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mixer.inspection.confine import Bounds, confine

RESULT = "result.json"


def main() -> int:
    request = json.load(sys.stdin)
    # Before the libraries that decode are even loaded.
    is_cut_off = confine(Bounds(**request["bounds"]), parent=int(request["parent"]))
    from mixer.inspection.inspect import Sent, analyse_again, inspect

    folder = Path(request["folder"])
    tasks = {"inspect": inspect, "analyse": analyse_again}
    result = tasks[request["task"]](Sent(folder, request["suffix"], float(request["max_seconds"])))
    result["is_cut_off"] = is_cut_off
    fresh = folder / f"{RESULT}.new"
    fresh.write_text(json.dumps(result, allow_nan=False))
    fresh.rename(folder / RESULT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
