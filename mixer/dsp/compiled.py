"""How a kernel is compiled: without the GIL, never raising, and cached on disk by the text that it is made from."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config, types
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])

# Sums may be reordered, which lets them be vectorised. NaN and infinity keep their meaning: the guard of a session
# looks for them.
FAST_MATH = {"reassoc", "contract", "nsz"}

# numba makes these from the environment when it is imported, so no annotation of it knows their names.
_settings: Any = config

_ROOT = Path(__file__).resolve().parents[2]
_IMPORT = re.compile(r"^from (mixer\.[a-z_.]+) import", re.MULTILINE)


@cache
def _sources_of(path: Path) -> frozenset[Path]:
    """A module's file and those of all modules of the mixer below it."""
    found = {path}
    for name in _IMPORT.findall(path.read_text()):
        below = _ROOT.joinpath(*name.split(".")).with_suffix(".py")
        found |= _sources_of(below) if below.exists() else set()
    return frozenset(found)


@cache
def _cache_folder(path: Path) -> str:
    """Where the compiled kernels of the module at `path` are kept.

    numba looks at the age of one file only, and would run a callee as it was before an edit. So the folder carries a
    digest of every file that a kernel may reach, and the module's older folders are removed.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(_sources_of(path)):
        digest.update(source.read_bytes())
    package = _ROOT / "mixer"
    if os.access(package, os.W_OK):
        root = package / "__pycache__"
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nrs-live"
    module = root / "kernels" / path.relative_to(package).with_suffix("")
    folder = module / digest.hexdigest()[:16]
    for stale in module.glob("[0-9a-f]" * 16):
        if stale != folder:
            shutil.rmtree(stale, ignore_errors=True)
    return str(folder)


def kernel(function: F) -> F:
    """`function` compiled on first use for the types it is called with. It must not allocate, print or raise."""
    before = _settings.CACHE_DIR
    # numba chooses a function's cache folder when it is decorated; other users of numba in this process keep theirs.
    _settings.CACHE_DIR = _cache_folder(Path(function.__code__.co_filename).resolve())
    try:
        compiled = numba.njit(nogil=True, error_model="numpy", fastmath=FAST_MATH, cache=True)(function)
    finally:
        _settings.CACHE_DIR = before
    return cast(F, compiled)


def _int16_pointer(_typing: Any, address: Any) -> Any:
    """A pointer to samples from its address as an integer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    pointer: Any = types.CPointer
    return pointer(types.int16)(types.int64), generate


_as_pointer: Any = intrinsic(_int16_pointer)
_carray: Any = numba.carray  # type: ignore[attr-defined]


@kernel
def stereo_at(address: int, frames: int) -> Any:
    """The samples at `address` as an int16 array of shape (frames, 2). Whoever calls keeps them alive."""
    return _carray(_as_pointer(address), (frames, 2))
