"""An encoder's picture in several sizes: viewers over WebRTC are moved between them as between layers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from media_server.codecs.h264 import parse_sequence_parameters
from media_server.rtp.h264 import NAL_SPS, NalUnitReader
from media_server.rtp.packet import RtpPacket
from media_server.sessions.layer_ask import LayerAsk
from media_server.sessions.viewer import ViewerSession
from tests.media_server.sessions.encoders import Encoders
from tests.support.frame_source import PictureSource, ToneSource
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually


def heights(packets: Iterable[RtpPacket]) -> list[int]:
    """The lines of each picture that begins with its parameters."""
    reader = NalUnitReader()
    units = (unit for packet in packets for unit in reader.read(packet.payload))
    return [parse_sequence_parameters(unit).height for unit in units if unit[0] & 0x1F == NAL_SPS]


async def test_a_viewer_over_webrtc_is_sent_the_size_that_is_asked_for_and_the_largest_again(
    encoders: Encoders, worker: MediaWorker
) -> None:
    sizes = (
        PictureSource(width=320, height=180, gop=15),
        PictureSource(width=160, height=90, gop=15, track_id="video:1"),
    )
    encoders.admit(picture=sizes[0], smaller=sizes[1], tone=ToneSource("aac")).begin()
    await worker.until_room("s", "live")
    viewer = await worker.watch("s")
    assert encoders.rooms is not None
    room = encoders.rooms.find_room("s")
    assert room is not None
    (session,) = room.audience.viewers.values()
    await eventually(lambda: lines_offered(session) == [90, 180])
    await eventually(lambda: heights(viewer.video)[-1:] == [180])
    session.ask_for(LayerAsk(max_height=90))
    await eventually(lambda: heights(viewer.video)[-1] == 90)
    session.ask_for(LayerAsk())
    await eventually(lambda: heights(viewer.video)[-1] == 180)
    numbers = [packet.sequence_number for packet in viewer.video]
    assert all(after - before & 0xFFFF == 1 for before, after in pairwise(numbers))


def lines_offered(session: ViewerSession) -> list[int | None]:
    """Of the layers that are sent at present, the lowest first."""
    return [offer.height for offers in session.offered_layers().values() for offer in offers if offer.is_active]
