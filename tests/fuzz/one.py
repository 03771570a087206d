"""`python -m tests.fuzz.one TARGET …`: one target in atheris, which instruments what it imports here.

What follows the name goes to libFuzzer. In a process of its own, for libFuzzer ends the process.
"""

from __future__ import annotations

import logging
import sys

import atheris
import structlog

with atheris.instrument_imports(include=["media_server", "aiortc"]):
    from tests.fuzz.targets import TARGETS

# A find that is an endless loop is one after this long.
_TIMEOUT_S = 10


def main() -> None:
    name, *arguments = sys.argv[1:]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    atheris.Setup([sys.argv[0], f"-timeout={_TIMEOUT_S}", *arguments], TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
