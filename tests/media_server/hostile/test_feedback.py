"""Feedback that says much in few bytes: what a peer that has the keys can make the worker do with one datagram."""

from __future__ import annotations

from struct import pack

import pytest

from media_server.router.resend import ResendBudget
from media_server.rtp.errors import ParseError
from media_server.rtp.nack import WIDE_GAP, NackGenerator
from media_server.rtp.rtcp import Nack, parse_compound
from media_server.rtp.rtcp.compound import MAX_LOST
from media_server.rtp.twcc import INTERVAL_S, MAX_JUMP, MAX_SPAN, TransportFeedbackRecorder

EIGHT_THOUSAND_LOST = pack("!BBHLLHHLHH", 0x8F, 205, 5, 1, 2, 0, 8_191, 0, 0x1FFF, 0)


def test_the_nacks_of_a_datagram_ask_for_no_more_than_a_receiver_keeps_count_of() -> None:
    whole = Nack(1, 2, tuple(range(MAX_LOST)))
    (parsed,) = parse_compound(whole.serialize())
    assert parsed == whole
    with pytest.raises(ParseError, match="too many"):
        parse_compound(Nack(1, 2, tuple(range(MAX_LOST + 1))).serialize())
    with pytest.raises(ParseError, match="too many"):
        parse_compound(whole.serialize() + Nack(1, 2, (1,)).serialize())


def test_transport_feedback_that_claims_thousands_of_packets_is_read_once_a_datagram() -> None:
    assert len(parse_compound(EIGHT_THOUSAND_LOST)) == 1
    with pytest.raises(ParseError, match="too many"):
        parse_compound(EIGHT_THOUSAND_LOST * 2)


def test_a_publisher_whose_transport_numbers_leap_is_told_of_no_more_than_a_span() -> None:
    recorder = TransportFeedbackRecorder(sender_ssrc=1, media_ssrc=2)
    for leap in range(1_000):
        recorder.receive(leap * MAX_JUMP & 0xFFFF, now=leap / 1e6)
    told = recorder.due(now=INTERVAL_S + 0.001)
    assert 0 < sum(len(feedback.deltas) for feedback in told) <= MAX_SPAN + 1


def test_who_has_asked_for_too_much_has_nothing_looked_for_until_its_budget_is_there_again() -> None:
    budget = ResendBudget()
    sent = 0
    while not budget.is_spent(now=1.0):
        sent += budget.allow(sent, now=1.0)
    assert 0 < sent < MAX_LOST
    assert not budget.allow(MAX_LOST, now=1.0)
    assert budget.is_spent(now=1.001)
    assert not budget.is_spent(now=1.1)


def test_a_publisher_whose_sequence_numbers_leap_is_asked_for_one_gap_of_them() -> None:
    leaping = NackGenerator()
    for leap in range(50):
        leaping.receive(leap * (WIDE_GAP + 100) & 0xFFFF, now=leap / 1_000)
    assert leaping.due(now=0.05) == []
    outage = NackGenerator()
    for number in (0, WIDE_GAP + 1, WIDE_GAP + 2):
        outage.receive(number, now=0.0)
    assert outage.due(now=0.0) == list(range(1, WIDE_GAP + 1))
