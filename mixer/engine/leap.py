"""Where a session would be after a while in which nobody rendered it: the transport runs, and makes no sound."""

from __future__ import annotations

from typing import Any

from mixer.dsp.compiled import kernel
from mixer.dsp.units import QUANTUM
from mixer.engine.transport import glide_rate, move, prepare


@kernel
def leap(sessions: Any, index: int, quanta: int) -> None:
    """Move the playheads of one session by `quanta` as `render_sessions` would, about a thousand times as fast.

    Glides, filters and delay lines stay: render a while unheard before the sound is used.
    """
    session = sessions[index]
    for _ in range(quanta):
        prepare(session)
        for number in range(session.deck_count):
            deck = session.decks[number]
            direction = -1.0 if deck.reverse else 1.0
            step = direction * deck.rate.value
            slope = direction * glide_rate(deck)
            if deck.playing and deck.pcm != 0:
                move(deck, step, slope)
        session.frame += QUANTUM
