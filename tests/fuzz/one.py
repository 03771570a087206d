"""`python -m tests.fuzz.one MODULE TARGET …`: one target in atheris, which instruments what its module imports.

What follows their names goes to libFuzzer. In a process of its own, for libFuzzer ends the process.
"""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import atheris
import structlog

from tests.fuzz.target import Target

# A find that is an endless loop is one after this long.
_TIMEOUT_S = 25


def main() -> None:
    module, name, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["media_server", "aiortc.rtcsctptransport"]):
        targets: tuple[Target, ...] = import_module(module).TARGETS
    target = next(target for target in targets if target.name == name)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    atheris.Setup([sys.argv[0], f"-timeout={_TIMEOUT_S}", *arguments], target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
