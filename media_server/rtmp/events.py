"""What happens on a connection, as its owner is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from media_server.hub.frames import Kind
from media_server.rtmp.amf_source import AmfValue


@dataclass(frozen=True, slots=True)
class PublishRequested:
    """A client wants to publish under `key`; it waits for `accept_publish` or `refuse`."""

    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlayRequested:
    """A client wants to play `name`, which may have a query; it waits for `accept_play` or `refuse`."""

    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MetadataReceived:
    """The publisher says what it sends."""

    values: dict[str, AmfValue]


class MediaReceived(NamedTuple):
    """A video or audio message of a publisher that was accepted."""

    kind: Kind
    payload: bytes
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class StreamClosed:
    """The client publishes or plays no more; the connection may go on."""


ServerEvent = PublishRequested | PlayRequested | MetadataReceived | MediaReceived | StreamClosed


@dataclass(frozen=True, slots=True)
class PublishAccepted:
    """The server takes media now."""


@dataclass(frozen=True, slots=True)
class PublishRefused:
    """The server does not want us. `reason` is its sentence, or its code when it has none."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReconnectAsked:
    """The server will go down soon and asks us to connect anew (Enhanced RTMP v2)."""


ClientEvent = PublishAccepted | PublishRefused | ReconnectAsked
