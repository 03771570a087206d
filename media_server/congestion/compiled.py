"""`path.hear` and all that it calls as one function compiled by numba: several times less for each message.

It allocates nothing, raises nothing, and looks at no memory but that of its arguments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path as FilePath
from types import FunctionType
from typing import Any, Final, cast

import numba
import numpy as np
import structlog
from numba.core import types
from numba.extending import register_jitable
from numba.np import numpy_support
from numpy.typing import NDArray

from media_server.congestion import arrivals, path, probe_result, results, throughput, trend
from media_server.congestion.path import Path, hear
from media_server.congestion.reading import MakeReader, ReadFeedback
from media_server.congestion.results import Results
from media_server.rtp import send_history
from media_server.rtp.rtcp import statuses
from media_server.rtp.send_history import SendHistory

_log = structlog.get_logger(__name__)

_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy"}
_SOURCES: Final = (send_history, statuses, results, arrivals, trend, throughput, probe_result, path)
_HISTORY, _PATH, _RESULTS = (np.dtype(cast(Any, struct)) for struct in (SendHistory, Path, Results))


def digest_of_sources() -> str:
    """Of what is compiled but not in this file, which is the only one that numba looks at before it takes its cache."""
    hashed = hashlib.sha256(f"{_HISTORY}{_PATH}{_RESULTS}".encode())
    for module in _SOURCES:
        assert module.__file__ is not None
        hashed.update(FilePath(module.__file__).read_bytes())
    return hashed.hexdigest()


COMPILED_OF = np.dtype([(digest_of_sources(), "u1")])
"""An empty table of this type is an argument: so its name is in the signature under which machine code is cached."""


def _hear(_compiled_of: Any, history: Any, path: Any, results: Any, fci: bytes) -> int:
    return hear(history[0], path[0], results[0], fci)


def _array(dtype: Any) -> Any:
    return types.Array(numpy_support.from_dtype(np.dtype(dtype)), 1, "C")


_SIGNATURE: Any = types.int64(
    *(_array(dtype) for dtype in (COMPILED_OF, _HISTORY, _PATH, _RESULTS)),
    types.Bytes(types.uint8, 1, "C"),
)


@cache
def compile_hear() -> Callable[..., int]:
    """`hear` as machine code: from numba's cache on disk, else compiled now, which takes some seconds."""
    for module in _SOURCES:
        for function in vars(module).values():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                register_jitable(**_OPTIONS)(function)
    try:
        return cast("Callable[..., int]", numba.njit(_SIGNATURE, cache=True, **_OPTIONS)(_hear))
    except (RuntimeError, OSError) as error:
        # numba found no folder to write to, or could not write there.
        _log.info("compiled reading of feedback is not cached", reason=str(error))
        return cast("Callable[..., int]", numba.njit(_SIGNATURE, **_OPTIONS)(_hear))


def compiled_readers() -> MakeReader:
    """Compiles when it is called, or takes the result from numba's cache. Raises numba's errors."""
    compiled = compile_hear()
    kind = np.empty(0, COMPILED_OF)
    room = np.zeros(1, _RESULTS)

    def reader(history: SendHistory, path: Path) -> ReadFeedback:
        return partial(compiled, kind, _shared(history, _HISTORY), _shared(path, _PATH), room)

    return reader


def _shared(struct: Any, dtype: Any) -> NDArray[np.void]:
    """The memory of `struct` as compiled code takes it."""
    return np.frombuffer(struct, dtype)
