"""What two threads in compiled code say to each other without a lock: words of an int64 array, changed as a whole."""

from __future__ import annotations

import platform
from typing import Any, Final

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

# What tells a core that this is a loop that waits, so that its other hardware thread gets its time: PAUSE, and YIELD,
# which is hint 1.
_WAITS: Final[dict[str, tuple[str, tuple[int, ...]]]] = {
    "x86_64": ("llvm.x86.sse2.pause", ()),
    "aarch64": ("llvm.aarch64.hint", (1,)),
}

# numba's annotations do not reach these.
_item_pointer: Any = cgutils.get_item_pointer
_function: Any = cgutils.get_or_insert_function


def _word(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    """A pointer to the word that the first two arguments, array and index, name."""
    array = context.make_array(signature.args[0])(context, builder, values[0])
    return _item_pointer(context, builder, signature.args[0], array, [values[1]], wraparound=False)


def _load(_typing: Any, words: Any, index: Any) -> Any:
    """The word at `index`, and whatever was written before it was stored."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load_atomic(_word(context, builder, signature, values), "acquire", 8)

    return types.int64(words, types.intp), generate


def _store(_typing: Any, words: Any, index: Any, value: Any) -> Any:
    """Set the word at `index`, and show whatever was written before."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        builder.store_atomic(values[2], _word(context, builder, signature, values), "release", 8)
        return context.get_dummy_value()

    return types.none(words, types.intp, types.int64), generate


def _add(_typing: Any, words: Any, index: Any, value: Any) -> Any:
    """Add to the word at `index`; what it was. Shows whatever was written before."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.atomic_rmw("add", _word(context, builder, signature, values), values[2], "acq_rel")

    return types.int64(words, types.intp, types.int64), generate


def _replace(_typing: Any, words: Any, index: Any, old: Any, new: Any) -> Any:
    """Whether the word at `index` was `old`, and is now `new`."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        word = _word(context, builder, signature, values)
        found = builder.cmpxchg(word, values[2], values[3], "acq_rel", "acquire")
        return builder.extract_value(found, 1)

    return types.boolean(words, types.intp, types.int64, types.int64), generate


def _pause(_typing: Any) -> Any:
    """One turn of a loop that waits for the other thread."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if wait := _WAITS.get(platform.machine()):
            name, numbers = wait
            words = [ir.Constant(ir.IntType(32), number) for number in numbers]
            kind = ir.FunctionType(ir.VoidType(), [word.type for word in words])
            builder.call(_function(builder.module, kind, name), words)
        return context.get_dummy_value()

    return types.none(), generate


load: Any = intrinsic(_load)
store: Any = intrinsic(_store)
add: Any = intrinsic(_add)
replace: Any = intrinsic(_replace)
pause: Any = intrinsic(_pause)
