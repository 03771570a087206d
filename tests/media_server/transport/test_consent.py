"""Who is gone, and who is there but wants nothing any more."""

from __future__ import annotations

import pytest

from media_server.transport.consent import CONSENT_LASTS_S, DEAD_AFTER_S, Consent


def connected(*, is_required: bool) -> Consent:
    consent = Consent(is_required=is_required, now=0.0)
    consent.checked(now=1.0)
    consent.connected(now=2.0)
    return consent


@pytest.mark.parametrize("is_required", [False, True])
def test_silence_of_every_kind_ends_it(is_required: bool) -> None:
    consent = connected(is_required=is_required)
    assert not consent.is_over(now=2.0 + DEAD_AFTER_S)
    assert consent.is_over(now=2.1 + DEAD_AFTER_S)
    consent.heard(now=9.0)
    assert not consent.is_over(now=2.1 + DEAD_AFTER_S)


@pytest.mark.parametrize("is_required", [False, True])
def test_who_has_not_connected_yet_is_not_judged_here(is_required: bool) -> None:
    assert not Consent(is_required=is_required, now=0.0).is_over(now=1_000.0)


def hear_each_second(consent: Consent, until: int) -> float:
    """The time at which it is over, while something authentic comes each second; `until` where it is not."""
    for now in range(3, until):
        consent.heard(now=float(now))
        if consent.is_over(now=float(now)):
            return float(now)
    return float(until)


def test_media_and_reports_alone_do_not_keep_somebody_who_is_sent_media() -> None:
    assert hear_each_second(connected(is_required=True), until=600) == pytest.approx(2 + CONSENT_LASTS_S, abs=1)


def test_a_publisher_that_checks_once_and_never_again_is_kept_by_its_media() -> None:
    assert hear_each_second(connected(is_required=False), until=600) == 600


def test_a_publisher_that_has_renewed_its_consent_once_has_to_go_on() -> None:
    consent = connected(is_required=False)
    consent.checked(now=3.0)
    assert hear_each_second(consent, until=600) == pytest.approx(3 + CONSENT_LASTS_S, abs=1)


def test_checks_keep_it_for_ever() -> None:
    consent = connected(is_required=True)
    for now in range(3, 600, 6):
        consent.checked(now=float(now))
        assert not consent.is_over(now=now + 6.0)
