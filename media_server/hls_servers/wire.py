"""What a worker tells the processes that serve its LL-HLS, and they tell it.

Packets of a SEQPACKET socket, each a JSON array of messages; a message is an array of its kind and its fields. Both
ends are our own programs of one version: a packet that makes no sense is a bug, and ends the process that got it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

MAX_PACKET_BYTES: Final = 60_000
"""Beyond it a further packet begins; a message that is longer by itself goes alone."""


class WireError(Exception):
    """A packet that is none of ours."""


class Place(NamedTuple):
    """Where in shared memory some bytes are."""

    block: int
    offset: int
    length: int


class Serve(NamedTuple):
    """The first message: where to listen, and by what rules. `worker_url` answers what is not live."""

    host: str
    port: int
    public_key: str
    origins: list[str]
    exposed_headers: str
    preflight: dict[str, str]
    worker_host: str
    worker_port: int


class BlockOpened(NamedTuple):
    """Memory to be mapped; its file comes with the packet, in which there is nothing else."""

    number: int
    size: int


class BlockClosed(NamedTuple):
    """Nothing is asked of that memory any more."""

    number: int


class StreamOpened(NamedTuple):
    """A stream that is served from now on."""

    stream_id: str
    name_key: str
    """Hexadecimal, see `MediaNames`."""
    settings: dict[str, Any]
    """Of `HlsSettings`."""


class StreamClosed(NamedTuple):
    """The stream is forgotten, with its playlists."""

    stream_id: str


class StreamLists(NamedTuple):
    """The playlists of the stream, by serial: those that are played together, and those from before them."""

    stream_id: str
    current: list[int]
    previous: list[int]
    multivariant: str | None


class ViewerDropped(NamedTuple):
    """A viewer of the stream who was told to go."""

    stream_id: str
    viewer_id: str


class PlaylistOpened(NamedTuple):
    """A playlist; serials never come again."""

    stream_id: str
    serial: int
    name: str


class PlaylistClosed(NamedTuple):
    """The playlist is forgotten."""

    serial: int


class PlaylistState(NamedTuple):
    """What `Listing` has beside its segments. Complete segments below `first_kept` are gone."""

    serial: int
    target_duration_s: int
    next_number: int
    first_kept: int
    first_listed: int
    has_open_segment: bool
    ended: bool
    is_withdrawn: bool


class Initialization(NamedTuple):
    """An initialization segment, in base64."""

    serial: int
    number: int
    data: str


class SegmentOpened(NamedTuple):
    """The segment that grows from now on."""

    serial: int
    number: int
    discontinuity_sequence: int
    initialization: int
    program_date_time: float
    is_independent: bool


class PartAdded(NamedTuple):
    """The next part of the segment that grows."""

    serial: int
    duration_s: float
    is_independent: bool
    block: int
    offset: int
    length: int


class SegmentClosed(NamedTuple):
    """The segment that grew is complete."""

    serial: int


class Listening(NamedTuple):
    """To the worker: connections are taken."""


class ViewersSeen(NamedTuple):
    """To the worker: who asked for playlists lately, as pairs of stream and viewer."""

    viewers: list[tuple[str, str]]


Message = (
    Serve
    | BlockOpened
    | BlockClosed
    | StreamOpened
    | StreamClosed
    | StreamLists
    | ViewerDropped
    | PlaylistOpened
    | PlaylistClosed
    | PlaylistState
    | Initialization
    | SegmentOpened
    | PartAdded
    | SegmentClosed
    | Listening
    | ViewersSeen
)

_KINDS: Final[dict[str, Any]] = {kind.__name__: kind for kind in Message.__args__}


def pack(messages: Iterable[Message]) -> Iterator[bytes]:
    """Packets that say all of that, in order."""
    packet: list[bytes] = []
    size = 0
    for message in messages:
        text = json.dumps([type(message).__name__, *message], separators=(",", ":")).encode()
        if packet and size + len(text) > MAX_PACKET_BYTES:
            yield b"[" + b",".join(packet) + b"]"
            packet, size = [], 0
        packet.append(text)
        size += len(text) + 1
    if packet:
        yield b"[" + b",".join(packet) + b"]"


def parse(packet: bytes) -> list[Message]:
    """What a packet says. Raises WireError."""
    try:
        return [_KINDS[kind](*fields) for kind, *fields in json.loads(packet)]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise WireError("a packet that is none of ours") from error
