"""Encoders that push frames: who gets in, whose room it is, and that viewers stay when the encoder comes again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from media_server.sessions.refusal import Refused
from tests.media_server.sessions.encoders import Encoders
from tests.support.frame_source import PictureSource, ToneSource
from tests.support.media_worker import MediaWorker
from tests.support.waiting import eventually


async def test_a_room_is_live_with_the_first_of_an_encoder(encoders: Encoders, worker: MediaWorker) -> None:
    encoder = encoders.admit(generation=4, picture=PictureSource(), tone=ToneSource("opus"))
    assert await worker.room("s") == {}
    encoder.begin()
    await worker.until_room("s", "live")
    room = await worker.room("s")
    assert (room["generation"], room["video_codec"], room["audio_codec"]) == (4, "H264", "opus")


async def test_viewers_are_sent_picture_and_sound(encoders: Encoders, worker: MediaWorker) -> None:
    encoders.admit(picture=PictureSource(), tone=ToneSource("opus")).begin()
    await worker.until_room("s", "live")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.video) > 20 and len(viewer.audio) > 20)
    assert [packet.payload[0] & 0x1F for packet in viewer.video[:2]] == [24, 5]


async def test_a_second_encoder_is_refused_while_the_first_is_heard(encoders: Encoders, worker: MediaWorker) -> None:
    first = encoders.admit(picture=PictureSource())
    first.begin()
    await worker.until_room("s", "live")
    with pytest.raises(Refused) as refused:
        encoders.admit(generation=2, picture=PictureSource())
    assert refused.value.code == "ALREADY_PUBLISHING"
    await first.close()
    encoders.admit(generation=2, picture=PictureSource()).begin()
    await eventually(lambda: first.ended_by == ["the connection was closed"])
    await worker.until_room("s", "live")


async def test_who_takes_over_has_the_room_when_it_begins(encoders: Encoders, worker: MediaWorker) -> None:
    first = encoders.admit(picture=PictureSource())
    first.begin()
    await worker.until_room("s", "live")
    second = encoders.admit(generation=2, take_over=True, picture=PictureSource())
    assert not first.session.is_closed
    second.begin()
    assert first.session.is_closed
    assert len(first.ended_by) == 1
    with pytest.raises(Refused) as refused:
        encoders.admit(generation=1, take_over=True, picture=PictureSource())
    assert refused.value.code == "SUPERSEDED"


async def test_an_encoder_that_comes_again_goes_on_for_the_same_viewers(
    encoders: Encoders, worker: MediaWorker
) -> None:
    first = encoders.admit(picture=PictureSource(), tone=ToneSource("opus"))
    first.begin()
    await worker.until_room("s", "live")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.video) > 5)
    await first.close()
    await worker.until_room("s", "interrupted")
    seen = len(viewer.video)
    # Another clock altogether, as when OBS is started anew.
    again = encoders.admit(generation=2, picture=PictureSource(first_dts=7), tone=ToneSource("opus", first_dts=7))
    again.begin()
    await worker.until_room("s", "live")
    await eventually(lambda: len(viewer.video) > seen + 10)
    numbers = [packet.sequence_number for packet in viewer.video]
    assert {(after - before) & 0xFFFF for before, after in pairwise(numbers)} == {1}
    stamps = [packet.timestamp for packet in viewer.video]
    steps = {(after - before) & 0xFFFFFFFF for before, after in pairwise(stamps)}
    assert max(steps) < 10 * 90_000


async def test_without_its_encoder_a_stream_ends_after_the_grace_period(
    encoders: Encoders, worker: MediaWorker
) -> None:
    encoder = encoders.admit(picture=PictureSource())
    encoder.begin()
    await worker.until_room("s", "live")
    await encoder.close()
    await worker.until_room("s", "ended")
    assert (await worker.room("s"))["ended_reason"] == "publisher_lost"
    with pytest.raises(Refused) as refused:
        encoders.admit(generation=2, picture=PictureSource())
    assert refused.value.code == "STREAM_ENDED"


async def test_a_stream_that_is_ended_ends_the_connection(encoders: Encoders, worker: MediaWorker) -> None:
    encoder = encoders.admit(picture=PictureSource())
    encoder.begin()
    await worker.until_room("s", "live")
    await worker.command(command="end_stream", stream_id="s")
    await eventually(lambda: encoder.ended_by == ["the stream ended"])


async def test_a_stream_of_a_browser_takes_no_encoder(encoders: Encoders, worker: MediaWorker) -> None:
    await worker.publish("s")
    await worker.until_room("s", "live")
    with pytest.raises(Refused) as refused:
        encoders.admit(generation=9, take_over=True, picture=PictureSource())
    assert refused.value.code == "ALREADY_PUBLISHING"


async def test_who_joins_between_key_frames_sees_the_present_at_once(encoders: Encoders, worker: MediaWorker) -> None:
    encoder = encoders.admit(picture=PictureSource(gop=300))
    encoder.begin()
    await worker.until_room("s", "live")
    await eventually(lambda: len(encoder.sent) > 60)
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.video) > 70)
    assert len(encoder.sent) < 300
    assert viewer.video[0].payload[0] & 0x1F == 24


async def test_a_source_that_turns_out_to_have_b_frames_is_made_anew_for_the_same_viewers(
    encoders: Encoders, worker: MediaWorker
) -> None:
    # High profile, as what is made: the viewer's decoder takes both.
    encoder = encoders.admit(picture=PictureSource(b_frames=2))
    (track,) = encoder.tracks
    encoder.session.begin([replace(track, format=replace(track.format, reorders=False))], encoder.now())
    encoder.send()
    await worker.until_room("s", "live")
    viewer = await worker.watch("s")
    await eventually(lambda: len(viewer.video) > 5)
    encoder.session.put(track, encoder.now())
    seen = len(viewer.video)
    await eventually(lambda: len(viewer.video) > seen + 30, timeout_s=20)
    numbers = [packet.sequence_number for packet in viewer.video]
    assert {(after - before) & 0xFFFF for before, after in pairwise(numbers)} == {1}
    stamps = [packet.timestamp for packet in viewer.video[-20:]]
    assert all(0 < (after - before) & 0xFFFFFFFF < 90_000 for before, after in pairwise(stamps) if after != before)
