"""Offers are read within bounds, and only SdpError comes out."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media_server.sdp import SdpError, answer_publisher, answer_viewer, parse_offer, parse_trickle
from tests.media_server.sdp.offered import FOLDER, LOCAL, PUBLISHERS, ROOM, VIEWERS, offer_text

SEEDS = sorted((Path(__file__).parent / "seeds").glob("*.sdp"))
CHROMIUM = offer_text("chromium-156-publisher")


def feed(text: str) -> None:
    """Give `text` to all that reads or answers it; every error but SdpError passes through."""
    with suppress(SdpError):
        parse_trickle(text)
    with suppress(SdpError):
        answer_publisher(parse_offer(text), LOCAL)
    with suppress(SdpError):
        ssrcs = {"audio": (1, 2), "video": (3, 4)}
        answer_viewer(parse_offer(text), LOCAL, ROOM, stream_id="s", cname="c", ssrcs=ssrcs)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_the_hostile_offers_that_were_collected_do_no_harm(path: Path) -> None:
    feed(path.read_bytes().decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("name", PUBLISHERS + VIEWERS)
def test_an_offer_broken_anywhere_is_refused_or_answered(name: str) -> None:
    text = offer_text(name)
    rng = random.Random(name)  # noqa: S311
    for _ in range(150):
        lines = text.split("\r\n")
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(lines))
            lines[at] = rng.choice(
                [
                    "",
                    lines[at][: rng.randrange(len(lines[at]) + 1)],
                    lines[at] * 2,
                    rng.choice(lines),
                    lines[at] + " \u0661",
                ]
            )
        feed(rng.choice(["\r\n", "\n"]).join(lines))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_no_text_at_all_raises_anything_but_sdp_errors(text: str) -> None:
    feed("v=0\r\n" + text)
    feed(CHROMIUM + "a=" + text)


@pytest.mark.parametrize(
    "attribute", ["rtpmap", "fmtp", "rtcp-fb", "extmap", "ssrc", "ssrc-group", "rid", "group", "mid"]
)
@pytest.mark.parametrize(
    "value", ["", " ", "96", "96 ", "٣ x/1", "99999999999 x/90000", "-1 a", "* *", "1_0 VP8/90000", ":"]
)
def test_an_attribute_without_sense_is_refused_or_ignored(attribute: str, value: str) -> None:
    feed(f"{CHROMIUM}a={attribute}:{value}\r\n")
    feed(CHROMIUM.replace("t=0 0\r\n", f"t=0 0\r\na={attribute}:{value}\r\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "v=0"),
        ("hello", "line 1"),
        ("v=0\r\nm=video 9\r\n", "media description"),
        ("v=0\r\n" + "a=x\r\n" * 20_000, "65536 bytes"),
        ("v=0\r\n" + "a=x\r\n" * 1_501, "1500 lines"),
        ("v=0\r\na=" + "x" * 5_000, "4096 characters"),
        ("v=0\r\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 17, "16 media sections"),
        (CHROMIUM + "".join(f"a=rtpmap:{n} x/1\r\n" for n in range(100)), "twice|64 codecs"),
        (CHROMIUM + "".join(f"a=ssrc:{n} cname:x\r\n" for n in range(100)), "64 SSRCs"),
        (CHROMIUM + "".join(f"a=rid:{n} send\r\n" for n in range(17)), "16 rids"),
        (CHROMIUM + "".join(f"a=extmap:{n} urn:{n}\r\n" for n in range(1, 99)), "64 header extensions"),
        (CHROMIUM.replace("a=mid:1", "a=mid:0"), "same mid"),
        (CHROMIUM.replace("BUNDLE 0 1", "BUNDLE 0 7"), "BUNDLE"),
        (CHROMIUM.replace("a=mid:1", "a=mid:\x001"), "form"),
        (CHROMIUM.replace("a=ice-pwd:", "a=ice-pwd:\u00e4"), "credentials"),
    ],
)
def test_what_is_not_sdp_is_unreadable_and_says_why(text: str, said: str) -> None:
    with pytest.raises(SdpError, match=said) as caught:
        parse_offer(text)
    assert caught.value.code == "unreadable"


def test_transport_facts_are_found_at_session_level_too() -> None:
    offer = parse_offer(offer_text("obs-30-publisher"))
    assert (offer.ice_ufrag, offer.setup) == ("Kq3v", "actpass")
    assert offer.fingerprints[0][0] == "sha-256"


def test_retransmission_is_folded_into_the_codec_it_repairs() -> None:
    video = parse_offer(CHROMIUM).sections[1]
    assert all(codec.name != "rtx" for codec in video.codecs)
    assert {codec.payload_type: codec.rtx_payload_type for codec in video.codecs}[96] == 97


def test_the_first_of_two_retransmission_formats_counts() -> None:
    video = parse_offer(CHROMIUM.replace("apt=98", "apt=96")).sections[1]
    assert {codec.payload_type: codec.rtx_payload_type for codec in video.codecs}[96] == 97


def test_payload_types_that_look_like_rtcp_are_left_out() -> None:
    video = parse_offer(CHROMIUM.replace(" 96 97 ", " 72 97 ").replace(":96 ", ":72 ")).sections[1]
    assert "VP8" not in {codec.name for codec in video.codecs}


def test_every_offer_on_file_ends_its_lines_as_its_author_did() -> None:
    assert all(b"\r\n" in path.read_bytes() for path in FOLDER.glob("*.sdp"))
