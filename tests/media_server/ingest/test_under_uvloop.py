"""The worker's program runs on uvloop, whose transports are other classes than asyncio's and buffer otherwise."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.media_server.egress.restream import test_multistream
from tests.media_server.ingest import test_hostile, test_leaving, test_playing, test_publishing

CLAIMS: list[Callable[[], Coroutine[Any, Any, None]]] = [
    test_publishing.test_a_known_key_is_admitted_and_its_frames_are_in_the_hub,
    test_publishing.test_an_unknown_key_is_refused_with_the_sentence_that_control_api_gives,
    test_publishing.test_who_may_take_over_does_and_the_first_is_told,
    test_publishing.test_a_client_that_is_gone_while_its_key_is_looked_up_leaves_nothing,
    test_leaving.test_an_encoder_is_left_before_a_key_frame_once_that_is_known_and_nothing_tells_it_to_stop,
    test_leaving.test_nobody_is_let_in_any_more_and_who_has_not_begun_is_closed,
    test_leaving.test_two_workers_listen_on_one_port_and_either_takes_encoders_when_the_other_has_left,
    test_hostile.test_connections_are_bounded,
    test_hostile.test_a_publisher_that_asks_and_never_reads_is_ended,
    test_playing.test_a_player_that_does_not_keep_up_misses_pictures_up_to_a_key_frame_and_holds_nobody_up,
    test_playing.test_the_end_of_the_stream_is_told,
    test_multistream.test_a_target_is_sent_picture_and_sound_from_a_key_frame_and_zero_on,
    test_multistream.test_a_connection_that_ends_in_the_middle_is_made_again_and_begins_with_a_key_frame,
    test_multistream.test_a_slow_target_drops_and_counts_and_disturbs_nobody,
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__.removeprefix("test_"))
def test_what_is_claimed_holds_there_too(claim: Callable[[], Coroutine[Any, Any, None]]) -> None:
    uvloop.run(claim())


def test_tls_works_there_too(certificate: tuple[Path, Path]) -> None:
    uvloop.run(test_hostile.test_tls_that_is_none_ends_and_leaves_the_others_alone(certificate))
