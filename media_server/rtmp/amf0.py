"""AMF0 (Action Message Format, 2007): the values of commands and of metadata."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from media_server.rtmp.amf3 import Amf3Decoder
from media_server.rtmp.amf_source import AmfValue, Budget, Bytes
from media_server.rtmp.errors import RtmpError

Encodable = None | bool | float | str | Sequence["Encodable"] | Mapping[str, "Encodable"]

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED, _REFERENCE, _ECMA_ARRAY = 0, 1, 2, 3, 5, 6, 7, 8
_STRICT_ARRAY, _DATE, _LONG_STRING, _UNSUPPORTED, _XML, _TYPED_OBJECT, _AMF3 = 10, 11, 12, 13, 15, 16, 17
_END_OF_OBJECT: Final = b"\x00\x00\x09"


@dataclass(slots=True)
class _Decoder:
    source: Bytes
    budget: Budget = field(default_factory=Budget)
    complete: list[AmfValue] = field(default_factory=list)
    """What references may name. None holds the place of a value that is still being read."""

    def value(self, depth: int = 0) -> AmfValue:
        self.budget.spend(depth)
        source = self.source
        marker = source.unsigned(1)
        if marker == _NUMBER:
            return source.double()
        if marker == _BOOLEAN:
            return source.unsigned(1) != 0
        if marker == _STRING:
            return source.text(source.unsigned(2))
        if marker in (_LONG_STRING, _XML):
            return source.text(source.unsigned(4))
        if marker in (_NULL, _UNDEFINED, _UNSUPPORTED):
            return None
        if marker == _DATE:
            unix_ms = source.double()
            source.take(2)  # The time zone: "should not be filled in".
            return unix_ms
        return self._composite(marker, depth)

    def _composite(self, marker: int, depth: int) -> AmfValue:
        source = self.source
        if marker == _REFERENCE:
            return self._referred(source.unsigned(2))
        if marker == _AMF3:
            return Amf3Decoder(source, self.budget).value(depth + 1)
        place = len(self.complete)
        self.complete.append(None)
        composite: AmfValue
        if marker == _STRICT_ARRAY:
            count = source.unsigned(4)
            if count > self.budget.values:
                raise RtmpError("an AMF array has too many values")
            composite = [self.value(depth + 1) for _ in range(count)]
        elif marker in (_OBJECT, _ECMA_ARRAY, _TYPED_OBJECT):
            if marker == _ECMA_ARRAY:
                source.take(4)  # How many there are, which many writers get wrong; the end is marked as well.
            elif marker == _TYPED_OBJECT:
                source.text(source.unsigned(2))
            composite = self._members(depth + 1)
        else:
            raise RtmpError(f"AMF0 has no value of type {marker}")
        self.complete[place] = composite
        return composite

    def _members(self, depth: int) -> dict[str, AmfValue]:
        members: dict[str, AmfValue] = {}
        source = self.source
        while True:
            name = source.text(source.unsigned(2))
            if not name and source.data[source.at : source.at + 1] == b"\x09":
                source.take(1)
                return members
            members[name] = self.value(depth)

    def _referred(self, index: int) -> AmfValue:
        if index >= len(self.complete) or self.complete[index] is None:
            raise RtmpError("an AMF reference names nothing, or what it is in")
        return self.complete[index]


def decode(data: bytes, *, at: int = 0) -> list[AmfValue]:
    """Every value of a message, from byte `at` on. Raises RtmpError."""
    decoder = _Decoder(Bytes(data, at))
    values: list[AmfValue] = []
    while not decoder.source.is_empty:
        values.append(decoder.value())
    return values


def encode(*values: Encodable) -> bytes:
    """`values` one after the other: mappings as objects, sequences as strict arrays."""
    return b"".join(_encoded(value) for value in values)


def encode_ecma_array(members: Mapping[str, Encodable]) -> bytes:
    """`members` as the array with names that players expect of `onMetaData`."""
    return bytes((_ECMA_ARRAY,)) + len(members).to_bytes(4, "big") + _members(members)


def _encoded(value: Encodable) -> bytes:
    if value is None:
        return bytes((_NULL,))
    if isinstance(value, bool):
        return bytes((_BOOLEAN, value))
    if isinstance(value, int | float):
        return bytes((_NUMBER,)) + struct.pack(">d", value)
    if isinstance(value, str):
        text = value.encode("utf-8", "replace")
        if len(text) > 0xFFFF:
            return bytes((_LONG_STRING,)) + len(text).to_bytes(4, "big") + text
        return bytes((_STRING,)) + len(text).to_bytes(2, "big") + text
    if isinstance(value, Mapping):
        return bytes((_OBJECT,)) + _members(value)
    return bytes((_STRICT_ARRAY,)) + len(value).to_bytes(4, "big") + encode(*value)


def _members(members: Mapping[str, Encodable]) -> bytes:
    parts = []
    for name, value in members.items():
        text = name.encode("utf-8", "replace")
        parts.append(len(text).to_bytes(2, "big") + text + _encoded(value))
    return b"".join(parts) + _END_OF_OBJECT
