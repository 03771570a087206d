"""The bounds of the process that looks at files: memory, time, files, and no network where the kernel allows it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from dataclasses import dataclass

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_OPEN_FILES = 256
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class Bounds:
    """`memory_bytes` is what the process may have of its own. Mapped files are not its own, but its addresses are
    bounded too, to `memory_bytes` and `mapped_bytes` together. `file_bytes` bounds each file that it writes."""

    memory_bytes: int
    mapped_bytes: int
    cpu_s: int
    file_bytes: int


def confine(bounds: Bounds, *, parent: int) -> bool:
    """Put this process, and those it starts, into the bounds; it ends with the process `parent`.

    Returns whether it is cut off from every network, for which the kernel has to allow user namespaces. Call it before
    there is a second thread.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before this was said
        os.kill(os.getpid(), signal.SIGKILL)
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    is_cut_off = int(_LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)) == 0
    # The clock of a mixer on the same host comes first.
    os.nice(_NICENESS)
    limits = {
        resource.RLIMIT_DATA: bounds.memory_bytes,
        resource.RLIMIT_AS: bounds.memory_bytes + bounds.mapped_bytes,
        resource.RLIMIT_CPU: bounds.cpu_s,
        resource.RLIMIT_FSIZE: bounds.file_bytes,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for which, limit in limits.items():
        _, most = resource.getrlimit(which)
        value = limit if most == resource.RLIM_INFINITY else min(limit, most)
        resource.setrlimit(which, (value, value))
    return is_cut_off
