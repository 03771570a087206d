"""Which form of reading feedback a worker uses: decided once, when it starts, by trying."""

from __future__ import annotations

from typing import Final, Literal

import structlog

from media_server.congestion.path import Path
from media_server.congestion.reading import MakeReader, plain_readers
from media_server.rtp.rtcp import TransportFeedback
from media_server.rtp.send_history import SendHistory

Form = Literal["auto", "kernel", "plain"]

_PACKETS: Final = 60
_EACH: Final = 20

_log = structlog.get_logger(__name__)


class ReadersUnavailable(Exception):
    """The compiled form was asked for and does not work here."""


def choose_readers(*, form: Form) -> MakeReader:
    """What makes readers; `auto` is the compiled form where it works. Raises ReadersUnavailable.

    Takes half a second, and some more the first time on a machine: numba is imported and compiles.
    """
    if form == "plain":
        _log.info("reading of feedback chosen", form="plain", reason="as configured")
        return plain_readers()
    try:
        readers = _compiled()
    except ReadersUnavailable as error:
        if form == "kernel":
            raise
        _log.warning("reading of feedback chosen", form="plain", reason=str(error))
        return plain_readers()
    _log.info("reading of feedback chosen", form="kernel", reason="it compiles, and reads the same")
    return readers


def _compiled() -> MakeReader:
    try:
        # Imported here: numba takes half a second and 130 MB, which a worker that does without it is spared.
        from media_server.congestion.compiled import compiled_readers

        readers = compiled_readers()
        is_right = _outcome(readers) == _outcome(plain_readers())
    except Exception as error:
        # numba fails in many ways on a machine it does not know, none of which may keep a worker from starting.
        raise ReadersUnavailable(f"{type(error).__name__}: {error}") from error
    if not is_right:
        raise ReadersUnavailable("a trial message was not read as it should be")
    return readers


def _outcome(readers: MakeReader) -> tuple[list[int], bytes, bytes]:
    """Of a few messages, one of them cut: the first call of compiled code takes a tenth of a second by itself too."""
    history, path = SendHistory(), Path()
    read = readers(history, path)
    told: list[int] = []
    for first in range(0, _PACKETS, _EACH):
        for number in range(first, first + _EACH):
            history.note(7_000 * number, 1_200)
        path.probe.expect(first, first + _EACH)
        deltas = [None if number == 3 else 300 if number == 7 else 30 for number in range(_EACH)]
        fci = TransportFeedback.of(1, 2, first, first, 0, deltas).fci
        told += [read(fci[:-1]), read(fci)]
    return told, bytes(history), bytes(path)
