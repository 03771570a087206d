"""What of a mix is to be remembered: which tracks were heard, and the hot cues that members set."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from mixer.auto_dj.view import DeskView
from mixer.host.view import MixView
from mixer.worker.auto_pilot import KnownTracks
from mixer.worker.deck_tracks import DeckTrack
from mixer.worker.desired import MixSpec
from mixer.worker.hot_cues import HotCueChanges, whole
from mixer.worker.outbox import Outbox
from mixer.worker.played import HEARD_FOR_S, PlayedTracks
from mixer.worker.recording import Recording


class Bookkeeping:
    """Looks at the decks with every `step`, and tells control_api, the recording's cue sheet and Auto-DJ."""

    def __init__(self, outbox: Outbox, recording: Recording, known: KnownTracks) -> None:
        self._outbox, self._recording, self._known = outbox, recording, known
        self._played = PlayedTracks()
        self._hot_cues = HotCueChanges()

    def step(
        self, spec: MixSpec, view: MixView, desk: DeskView, on_deck: Mapping[int, DeckTrack], *, now: float
    ) -> None:
        """`on_deck` are the decks that have a track."""
        self._note_played(spec, view, desk, on_deck, now)
        self._note_hot_cues(spec, view, on_deck, now)

    def hot_cues_were_loaded(self, deck: int) -> None:
        """Those that are there now are known: nobody at this mix has set them."""
        self._hot_cues.forget(deck)

    def _note_played(
        self, spec: MixSpec, view: MixView, desk: DeskView, on_deck: Mapping[int, DeckTrack], now: float
    ) -> None:
        loads = {deck: slot.load for deck, slot in on_deck.items()}
        for deck in self._played.step(desk, loads, master_db=view.desk.master_db, now=now):
            slot = on_deck[deck]
            assert slot.track is not None
            if slot.was_played:
                # A worker before this one has said so.
                continue
            slot.was_played = True
            self._known.played(slot.track)
            self._recording.note(slot.track, frame=view.frame, ago_s=HEARD_FOR_S)
            self._record(
                spec,
                "played",
                track_id=slot.track.track_id,
                entry_id=slot.entry,
                at=time.time(),
                on_air=spec.on_air,
                auto=slot.by_auto,
            )

    def _note_hot_cues(self, spec: MixSpec, view: MixView, on_deck: Mapping[int, DeckTrack], now: float) -> None:
        for deck, slot in on_deck.items():
            track = slot.track
            assert track is not None
            cues = whole(view.desk.decks[deck].hot_cues)
            changed = self._hot_cues.step(deck, slot.load, cues, whole(track.hot_cues), now=now)
            if changed is not None:
                slot.track = track.model_copy(update={"hot_cues": list(changed)})
                self._known.update(slot.track)
                self._record(spec, "hot_cues", track_id=track.track_id, hot_cues=list(changed))

    def _record(self, spec: MixSpec, event: str, **fields: Any) -> None:
        self._outbox.record({"event": event, "stream_id": spec.stream_id, **fields})
