"""How many files and sockets a process may have open."""

from __future__ import annotations

import resource
from typing import Final

WANTED: Final = 65_536
"""Thousands of viewers by HLS and by TCP have a socket each; systems begin programs with 1,024."""


def allow_open_files(wanted: int = WANTED) -> int:
    """Raise the soft limit to `wanted`, or as far as this process may; what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return soft
