"""What compiled code calls and reads by address, which numba has no words for."""

from __future__ import annotations

from typing import Any, Final

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np import numpy_support

# numba's annotations do not reach these.
_unpacked: Any = cgutils.unpack_tuple
_pointer: Any = types.CPointer


def _call_at(_typing: Any, address: Any, arguments: Any) -> Any:
    """Calls the C function at `address`, which takes integers and pointers (at most six) and returns an int."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        passed = _unpacked(builder, values[1])
        returned = context.get_value_type(types.int32)
        function = ir.FunctionType(returned, [value.type for value in passed])
        return builder.call(builder.inttoptr(values[0], function.as_pointer()), passed)

    return types.int32(types.int64, arguments), generate


def pointer_to(dtype: Any) -> Any:
    """What makes an address a pointer to `dtype`."""
    pointed = _pointer(numpy_support.from_dtype(np.dtype(dtype)))

    def pointer_at(_typing: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.inttoptr(values[0], context.get_value_type(signature.return_type))

        return pointed(types.int64), generate

    return intrinsic(pointer_at)


call: Any = intrinsic(_call_at)
carray: Any = numba.carray  # type: ignore[attr-defined]
OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy"}
"""Of every compiled function: it runs without the GIL and raises nothing."""
