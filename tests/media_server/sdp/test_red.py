"""Redundant audio (RFC 2198) is agreed on where both sides know it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from media_server.sdp import Answer, SentTrack, Source, answer_publisher, answer_viewer, parse_offer
from tests.media_server.sdp.offered import LOCAL, OPUS, offer_text

RED_LINES = "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"


def watch(source: Source, text: str) -> Answer[SentTrack]:
    ssrcs = {"audio": (1, 2), "video": (3, 4)}
    return answer_viewer(parse_offer(text), LOCAL, [source], stream_id="s", cname="c", ssrcs=ssrcs)  # type: ignore[arg-type]


def test_a_publisher_who_offers_it_is_asked_for_it_before_plain_opus() -> None:
    result = answer_publisher(parse_offer(offer_text("chromium-156-publisher")), LOCAL)
    audio = result.tracks[0].codec
    assert (audio.name, audio.payload_type, audio.red_payload_type) == ("opus", 111, 63)
    assert re.search(r"^m=audio \d+ \S+ 63 111\r$", result.sdp, re.M)
    assert RED_LINES in result.sdp


@pytest.mark.parametrize("name", ["firefox-publisher", "safari-publisher", "obs-30-publisher"])
def test_others_are_not(name: str) -> None:
    text = re.sub(r"a=(rtpmap|fmtp):63 .*\r\n", "", offer_text(name))
    result = answer_publisher(parse_offer(text), LOCAL)
    audio = next(track for track in result.tracks if track.kind == "audio")
    assert audio.codec.red_payload_type is None
    assert "red/48000" not in result.sdp


@pytest.mark.parametrize(
    ("source_has", "fmtp", "agreed"),
    [(63, "111/111", 63), (None, "111/111", None), (63, "111/112", None), (63, "9/9", None), (63, "111", None)],
)
def test_viewers_are_sent_it_where_the_source_sends_it_and_they_take_it(
    source_has: int | None, fmtp: str, agreed: int | None
) -> None:
    text = offer_text("chromium-156-viewer").replace("a=fmtp:63 111/111", f"a=fmtp:63 {fmtp}")
    result = watch(Source("audio", replace(OPUS, red_payload_type=source_has)), text)
    assert result.tracks[0].codec.red_payload_type == agreed
    assert (RED_LINES in result.sdp) is (agreed is not None)


def test_red_of_pictures_is_none_of_it() -> None:
    offer = parse_offer(offer_text("chromium-156-publisher"))
    assert all(codec.red_payload_type is None for section in offer.sections[1:] for codec in section.codecs)
