"""AMF3 (Action Message Format 3, 2013), read only: what Flash-era clients put into commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from media_server.rtmp.amf_source import AmfValue, Budget, Bytes
from media_server.rtmp.errors import RtmpError

_UNDEFINED, _NULL, _FALSE, _TRUE, _INTEGER, _DOUBLE, _STRING, _XML_DOCUMENT, _DATE = range(9)
_ARRAY, _OBJECT, _XML, _BYTE_ARRAY = range(9, 13)
_VECTOR_INT, _VECTOR_UINT, _VECTOR_DOUBLE, _VECTOR_OBJECT, _DICTIONARY = range(13, 18)
_VECTOR_ITEM_BYTES: Final = {_VECTOR_INT: 4, _VECTOR_UINT: 4, _VECTOR_DOUBLE: 8}


@dataclass(frozen=True, slots=True)
class _Traits:
    names: tuple[str, ...]
    is_dynamic: bool


class Amf3Decoder:
    """Values one after the other; the reference tables last as long as the decoder (§2.2)."""

    def __init__(self, source: Bytes, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self._strings: list[str] = []
        self._objects: list[AmfValue] = []
        self._traits: list[_Traits] = []

    def value(self, depth: int) -> AmfValue:
        """The next value. Raises RtmpError."""
        self._budget.spend(depth)
        marker = self._source.unsigned(1)
        if marker in (_UNDEFINED, _NULL):
            return None
        if marker in (_FALSE, _TRUE):
            return marker == _TRUE
        if marker == _INTEGER:
            number = self._u29()
            return float(number - (1 << 29) if number >> 28 else number)
        if marker == _DOUBLE:
            return self._source.double()
        if marker == _STRING:
            return self._string()
        return self._composite(marker, depth)

    def _composite(self, marker: int, depth: int) -> AmfValue:
        header = self._u29()
        if not header & 1:
            return self._referred(header >> 1)
        place = len(self._objects)
        self._objects.append(None)
        composite = self._inline(marker, header >> 1, depth)
        self._objects[place] = composite
        return composite

    def _inline(self, marker: int, header: int, depth: int) -> AmfValue:
        source = self._source
        if marker in (_XML, _XML_DOCUMENT):
            return source.text(header)
        if marker == _BYTE_ARRAY:
            return source.take(header)
        if marker == _DATE:
            return source.double()
        if marker == _ARRAY:
            return self._array(header, depth + 1)
        if marker == _OBJECT:
            return self._object(header, depth + 1)
        if marker == _DICTIONARY:
            source.take(1)  # Whether its keys are weak.
            self._allow(header)
            return {str(self.value(depth + 1)): self.value(depth + 1) for _ in range(header)}
        if marker == _VECTOR_OBJECT:
            source.take(1)
            self._string()
            self._allow(header)
            return [self.value(depth + 1) for _ in range(header)]
        return self._vector(marker, header)

    def _vector(self, marker: int, count: int) -> AmfValue:
        size = _VECTOR_ITEM_BYTES.get(marker)
        if size is None:
            raise RtmpError(f"AMF3 has no value of type {marker}")
        source = self._source
        source.take(1)  # Whether its length is fixed.
        self._allow(count)
        self._budget.values -= count
        if marker == _VECTOR_DOUBLE:
            return [source.double() for _ in range(count)]
        return [float(int.from_bytes(source.take(size), "big", signed=marker == _VECTOR_INT)) for _ in range(count)]

    def _array(self, count: int, depth: int) -> AmfValue:
        named: dict[str, AmfValue] = {}
        while name := self._string():
            named[name] = self.value(depth)
        self._allow(count)
        dense = [self.value(depth) for _ in range(count)]
        return named | {str(index): value for index, value in enumerate(dense)} if named else dense

    def _object(self, header: int, depth: int) -> AmfValue:
        traits = self._read_traits(header)
        members = {name: self.value(depth) for name in traits.names}
        if traits.is_dynamic:
            while name := self._string():
                members[name] = self.value(depth)
        return members

    def _read_traits(self, header: int) -> _Traits:
        if not header & 1:
            if header >> 1 >= len(self._traits):
                raise RtmpError("an AMF3 reference names no traits")
            return self._traits[header >> 1]
        if header & 2:
            raise RtmpError("an AMF3 object says itself how it is written, and we do not know it")
        self._string()
        count = header >> 3
        self._allow(count)
        self._budget.values -= count
        traits = _Traits(tuple(self._string() for _ in range(count)), is_dynamic=bool(header & 4))
        self._traits.append(traits)
        return traits

    def _string(self) -> str:
        header = self._u29()
        if header & 1:
            text = self._source.text(header >> 1)
            if text:
                self._strings.append(text)
            return text
        if header >> 1 >= len(self._strings):
            raise RtmpError("an AMF3 reference names no string")
        return self._strings[header >> 1]

    def _referred(self, index: int) -> AmfValue:
        if index >= len(self._objects) or self._objects[index] is None:
            raise RtmpError("an AMF3 reference names nothing, or what it is in")
        return self._objects[index]

    def _u29(self) -> int:
        """1 to 4 bytes; the fourth has eight bits (§1.3.1)."""
        number = 0
        for _ in range(3):
            byte = self._source.unsigned(1)
            number = number << 7 | byte & 0x7F
            if not byte & 0x80:
                return number
        return number << 8 | self._source.unsigned(1)

    def _allow(self, count: int) -> None:
        if count > self._budget.values:
            raise RtmpError("an AMF3 value has too many parts")
