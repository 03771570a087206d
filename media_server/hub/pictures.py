"""What the units of a whole picture, as RTP carries them, are as a frame of the hub, and the format they tell of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from media_server.codecs import av1, h264, hevc, vp8, vp9
from media_server.codecs.nal import join_lengths
from media_server.hub.formats import av1_format, h264_format, hevc_format, vp8_format, vp9_format
from media_server.hub.frames import TrackFormat


class PictureReader(Protocol):
    """Of one stream: parameter sets are remembered, since pictures may leave out those that were sent before."""

    def read_format(self, units: Sequence[bytes]) -> TrackFormat | None:
        """What a key frame says of those that follow; None while parameter sets are missing. Raises CodecError."""

    def data(self, units: Sequence[bytes]) -> bytes:
        """The picture as `Frame.data`."""


class H264Pictures:
    """See `PictureReader`."""

    # avc1 has its parameter sets out of band (ISO/IEC 14496-15 §5.3.1); delimiters and filler only cost bytes.
    _LEFT_OUT: Final = frozenset({h264.NAL_SPS, h264.NAL_PPS, h264.NAL_DELIMITER, h264.NAL_FILLER})

    def __init__(self) -> None:
        self._sets: dict[int, bytes] = {}

    def read_format(self, units: Sequence[bytes]) -> TrackFormat | None:
        """See `PictureReader`."""
        for nal in units:
            if (kind := nal[0] & 0x1F) in (h264.NAL_SPS, h264.NAL_PPS):
                self._sets[kind] = nal
        sps, pps = self._sets.get(h264.NAL_SPS), self._sets.get(h264.NAL_PPS)
        return None if sps is None or pps is None else h264_format(h264.build_avcc([sps], [pps]))

    def data(self, units: Sequence[bytes]) -> bytes:
        """See `PictureReader`."""
        return join_lengths(nal for nal in units if nal[0] & 0x1F not in self._LEFT_OUT)


class HevcPictures:
    """See `PictureReader`."""

    _LEFT_OUT: Final = frozenset({*hevc.PARAMETER_SETS, hevc.NAL_DELIMITER, hevc.NAL_FILLER})

    def __init__(self) -> None:
        self._sets: dict[int, bytes] = {}

    def read_format(self, units: Sequence[bytes]) -> TrackFormat | None:
        """See `PictureReader`."""
        for nal in units:
            if (kind := hevc.nal_type(nal)) in hevc.PARAMETER_SETS:
                self._sets[kind] = nal
        if any(kind not in self._sets for kind in hevc.PARAMETER_SETS):
            return None
        vps, sps, pps = (self._sets[kind] for kind in hevc.PARAMETER_SETS)
        return hevc_format(hevc.build_hvcc([vps], [sps], [pps]))

    def data(self, units: Sequence[bytes]) -> bytes:
        """See `PictureReader`."""
        return join_lengths(nal for nal in units if hevc.nal_type(nal) not in self._LEFT_OUT)


class Av1Pictures:
    """See `PictureReader`. Units are OBUs."""

    def read_format(self, units: Sequence[bytes]) -> TrackFormat | None:
        """See `PictureReader`."""
        for obu in (obu for unit in units for obu in av1.split_obus(unit)):
            if obu.kind == av1.OBU_SEQUENCE_HEADER:
                return av1_format(av1.build_av1c(obu.payload))
        return None

    def data(self, units: Sequence[bytes]) -> bytes:
        """See `PictureReader`. Raises CodecError."""
        return av1.join_obus(obu for unit in units for obu in av1.split_obus(unit))


class Vp8Pictures:
    """See `PictureReader`. Units are pieces of the frame."""

    def read_format(self, units: Sequence[bytes]) -> TrackFormat | None:
        """See `PictureReader`."""
        return vp8_format(*vp8.key_frame_size(b"".join(units)[:10]))

    def data(self, units: Sequence[bytes]) -> bytes:
        """See `PictureReader`."""
        return b"".join(units)


class Vp9Pictures:
    """See `PictureReader`. Units are pieces of the frame."""

    def read_format(self, units: Sequence[bytes]) -> TrackFormat | None:
        """See `PictureReader`."""
        start = b"".join(units)[:32]
        key = vp9.parse_key_frame(start)
        return vp9_format(vp9.build_vpcc(start), key.width, key.height)

    def data(self, units: Sequence[bytes]) -> bytes:
        """See `PictureReader`."""
        return b"".join(units)


PICTURES: Final[Mapping[str, Callable[[], PictureReader]]] = {
    "H264": H264Pictures,
    "H265": HevcPictures,
    "AV1": Av1Pictures,
    "VP8": Vp8Pictures,
    "VP9": Vp9Pictures,
}
"""By the name that SDP has for the codec."""
