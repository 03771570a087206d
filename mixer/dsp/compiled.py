"""How a kernel is compiled: without the GIL, never raising, and cached on disk by the text of all kernels."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import types
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])

# Sums may be reordered, which lets them be vectorised. NaN and infinity keep their meaning: the guard of a session
# looks for them.
FAST_MATH = {"reassoc", "contract", "nsz"}


def _cache_folder() -> Path:
    """Where compiled kernels are kept: numba looks at one file's age only, and would run a stale callee after an edit.

    So the folder carries a digest of every source file of the mixer, and older folders beside it are removed.
    """
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted([*package.glob("dsp/**/*.py"), *package.glob("engine/**/*.py")]):
        digest.update(source.read_bytes())
    beside = package / "__pycache__"
    if os.access(package, os.W_OK):
        beside.mkdir(exist_ok=True)
        root = beside
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nrs-live"
    folder = root / f"kernels-{digest.hexdigest()[:16]}"
    for stale in root.glob("kernels-*"):
        if stale != folder:
            shutil.rmtree(stale, ignore_errors=True)
    return folder


_CACHE = str(_cache_folder())


def kernel(function: F) -> F:
    """`function` compiled on first use for the types it is called with. It must not allocate, print or raise."""
    before = numba.config.CACHE_DIR
    # numba chooses a function's cache folder when it is decorated; other users of numba in this process keep theirs.
    numba.config.CACHE_DIR = _CACHE
    try:
        compiled = numba.njit(nogil=True, error_model="numpy", fastmath=FAST_MATH, cache=True)(function)
    finally:
        numba.config.CACHE_DIR = before
    return cast(F, compiled)


@intrinsic  # type: ignore[untyped-decorator]
def _int16_pointer(_typing: Any, address: Any) -> Any:
    """A pointer to samples from its address as an integer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(types.int16)(types.int64), generate


@kernel
def stereo_at(address: int, frames: int) -> Any:
    """The samples at `address` as an int16 array of shape (frames, 2). Whoever calls keeps them alive."""
    return numba.carray(_int16_pointer(address), (frames, 2))
