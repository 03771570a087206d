"""SCTP, and the data channel on it, from a peer that has the keys."""

from __future__ import annotations

import asyncio
import struct
from functools import cache
from typing import Final, cast

from google_crc32c import value as crc32c

from media_server.transport.dtls import DtlsTransport
from media_server.transport.sctp import DataTransport
from tests.fuzz.target import Target, joined, pieces


class _Sink:
    """A DTLS association that leads nowhere."""

    state = "connected"
    _role = "server"

    def _register_data_receiver(self, receiver: object) -> None: ...
    def _unregister_data_receiver(self, receiver: object) -> None: ...
    async def _send_data(self, data: bytes) -> None: ...


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def sctp(data: bytes) -> None:
    """Chunks of one association after another, with a checksum that is right, and a tag that is where it may be."""
    _loop().run_until_complete(_sctp(data))


async def _sctp(data: bytes) -> None:
    broken: list[str] = []
    ours = DataTransport(
        cast(DtlsTransport, _Sink()),
        label="mix",
        on_open=lambda: None,
        on_message=lambda _: None,
        on_broken=broken.append,
    )
    await ours.begin(5000, 65_536)
    for piece in pieces(data):
        tag = ours._local_verification_tag if piece[:1] != b"\x01" else 0
        body = struct.pack("!HHL", 5000, 5000, tag) + bytes(4) + piece
        await ours._handle_data(body[:8] + struct.pack("<L", crc32c(body)) + body[12:])
    await ours._handle_data(data)
    await ours.stop()
    assert len(broken) <= 1


def _chunk(kind: int, flags: int, value: bytes) -> bytes:
    return struct.pack("!BBH", kind, flags, 4 + len(value)) + value + bytes(-len(value) % 4)


def _associations() -> list[bytes]:
    init = _chunk(1, 0, struct.pack("!LLHHL", 1, 65_536, 16, 16, 1))
    opening = _chunk(0, 3, struct.pack("!LHHL", 1, 1, 0, 50) + b"\x03\0\0\0\0\0\0\0\0\3\0\0mix")
    said = _chunk(0, 3, struct.pack("!LHHL", 2, 1, 1, 51) + b"play")
    sack = _chunk(3, 0, struct.pack("!LLHHHHL", 1, 65_536, 1, 1, 2, 3, 9))
    reset = _chunk(130, 0, struct.pack("!HHLLLH", 13, 18, 1, 1, 1, 1))
    others = [_chunk(kind, 0, struct.pack("!HHL", 1, 8, 7)) for kind in (4, 6, 7, 9, 11, 14, 192)]
    return [joined(init, opening, said), joined(opening + said), joined(sack, reset), joined(*others)]


TARGETS: Final = (Target("sctp", sctp, (), _associations),)
