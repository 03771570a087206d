"""What an origin answers to a pull: which tracks it sends under which SSRCs, and where it takes reports."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from media_server.relay.offer import Kind, RelayError, sentence
from media_server.rtp.extensions import PASSED_ON, ExtensionMap
from media_server.rtp.leg import Address
from media_server.sdp import Codec
from media_server.transport.sockets import told_address

MAX_ANSWER_BYTES: Final = 32_768
MAX_LAYERS: Final = 4
_MAX_TRACKS: Final = 8
_PAYLOAD_TYPES: Final = (96, 127)

RELAY_EXTENSIONS: Final = ExtensionMap(tuple((uri, key) for key, uri in enumerate(PASSED_ON, start=1)), may_mix=True)
"""What goes with each packet between our own workers. Nothing of it changes with the time of sending, so that a packet
that is sent again is the same to the bit: under AES-GCM it has the same nonce."""

REDUNDANT: Final = 63
"""Stands for the payload type of redundancy, of which no packet goes between workers."""

_Ssrc = Annotated[int, Field(gt=0, le=0xFFFF_FFFF)]
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.+_-]{1,32}$")]
_Parameter = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{0,256}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)


class _Codec(_Part):
    name: _Name
    payload_type: int = Field(ge=_PAYLOAD_TYPES[0], le=_PAYLOAD_TYPES[1])
    clock_rate: int = Field(ge=1_000, le=192_000)
    channels: int = Field(ge=1, le=8)
    fmtp: dict[_Name, _Parameter] = Field(max_length=32)
    is_redundant: bool


class _Track(_Part):
    kind: Kind
    codec: _Codec
    layers: list[_Ssrc] = Field(min_length=1, max_length=MAX_LAYERS)
    is_alternative: bool


class _Answer(_Part):
    host: str = Field(max_length=39)
    port: int = Field(ge=1, le=65_535)
    generation: int = Field(ge=1)
    is_live: bool
    max_gop_s: float = Field(ge=1, le=60)
    tracks: list[_Track] = Field(min_length=1, max_length=_MAX_TRACKS)


@dataclass(frozen=True, slots=True)
class PulledTrack:
    """`layers` are SSRCs, in the order of the source's offer. `codec` is under the payload type that all layers have;
    with one for redundancy (RFC 2198) where viewers may be sent that, which is made where they are.

    An alternative is what viewers are sent who cannot take the other track of its kind. It comes from when a key frame
    of it is asked for.
    """

    kind: Kind
    codec: Codec
    layers: tuple[int, ...]
    is_alternative: bool = False


@dataclass(frozen=True, slots=True)
class PullAnswer:
    """`address` takes the edge's reports. `is_live`: whether the publisher is heard. `max_gop_s`: how old a group of
    pictures may be that who joins is sent."""

    address: Address
    generation: int
    is_live: bool
    max_gop_s: float
    tracks: tuple[PulledTrack, ...]

    @classmethod
    def parse(cls, body: bytes) -> PullAnswer:
        """Raises RelayError."""
        if len(body) > MAX_ANSWER_BYTES:
            raise RelayError(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
        try:
            told = _Answer.model_validate_json(body)
            address = (told_address(told.host), told.port)
        except ValidationError as error:
            raise RelayError(sentence(error)) from None
        except ValueError:
            raise RelayError("host is no IP address that packets can be sent to") from None
        tracks = tuple(_track(each) for each in told.tracks)
        _check(tracks)
        return cls(address, told.generation, told.is_live, told.max_gop_s, tracks)

    def serialize(self) -> bytes:
        """The body of the 201."""
        return json.dumps(
            {
                "host": self.address[0],
                "port": self.address[1],
                "generation": self.generation,
                "is_live": self.is_live,
                "max_gop_s": self.max_gop_s,
                "tracks": [
                    {
                        "kind": track.kind,
                        "codec": {
                            "name": track.codec.name,
                            "payload_type": track.codec.payload_type,
                            "clock_rate": track.codec.clock_rate,
                            "channels": track.codec.channels,
                            "fmtp": dict(track.codec.fmtp),
                            "is_redundant": track.codec.red_payload_type is not None,
                        },
                        "layers": list(track.layers),
                        "is_alternative": track.is_alternative,
                    }
                    for track in self.tracks
                ],
            }
        ).encode()


def _track(told: _Track) -> PulledTrack:
    codec = told.codec
    feedback = ("nack", "nack pli") if told.kind == "video" else ("nack",)
    return PulledTrack(
        told.kind,
        Codec(
            codec.name,
            codec.payload_type,
            codec.clock_rate,
            codec.channels,
            codec.fmtp,
            feedback,
            red_payload_type=REDUNDANT if codec.is_redundant else None,
        ),
        tuple(told.layers),
        told.is_alternative,
    )


def _check(tracks: tuple[PulledTrack, ...]) -> None:
    ssrcs = [ssrc for track in tracks for ssrc in track.layers]
    if len(set(ssrcs)) != len(ssrcs):
        raise RelayError("two layers have the same SSRC")
    if len({track.codec.payload_type for track in tracks}) != len(tracks):
        raise RelayError("two tracks have the same payload type")
    places = [(track.kind, track.is_alternative) for track in tracks]
    if len(set(places)) != len(places):
        raise RelayError("two tracks are of the same kind")
    if any((kind, False) not in places for kind, _ in places):
        raise RelayError("an alternative is of a kind that is not there")
