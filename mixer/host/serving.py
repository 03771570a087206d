"""The engine process: orders in, ticks out. It waits for nobody between two deadlines, and writes no file."""

from __future__ import annotations

import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterable

import numpy as np

from mixer.clock.clock import Clock
from mixer.dsp.units import SAMPLE_RATE
from mixer.engine.commands import InvalidCommand, Load, LoadSample
from mixer.engine.engine import Engine
from mixer.engine.session import UnknownTrack
from mixer.host.messages import MAX_MESSAGE_BYTES, Begin, Kind, Order, Refused, pack, unpack
from mixer.host.resuming import restore
from mixer.host.settings import Bus
from mixer.host.shared import HELD, MICROPHONE_TICKS, NEVER, Shared
from mixer.tracks.store import OpenTracks

MAX_ORDERS = 32
"""Orders taken a tick, some 20 µs each; the rest wait in the socket for the next."""
RENDERED_S = 1.0
"""Of what was missed, so much is rendered unheard, for filters and delay lines; before that, only playheads move."""
_EASE = 0.1
_BACKLOG_TIMEOUT_MS = 5_000


class WorkerGone(Exception):
    """The other end of the socket is closed."""


class Serving:
    """Renders the sessions of a host, from the moment it is told to begin."""

    def __init__(self, shared: Shared, engine: Engine, tracks: OpenTracks, channel: socket.socket, wake: int) -> None:
        self._shared, self._engine, self._tracks = shared, engine, tracks
        self._channel, self._wake = channel, wake
        self._early: deque[Order] = deque()
        self._number = 0
        self._tick = self._first = 0
        self._due_s = 0.0
        """When the tick was due in which orders are being done."""
        self._generations = np.full(shared.capacity, NEVER, np.int64)
        self._addresses = np.zeros((shared.capacity, HELD), np.int64)
        self._names = np.zeros((shared.capacity, HELD), "S64")
        self._unheard = [np.zeros_like(engine.programme) for _ in (*Bus, "microphone")]
        self.is_over = False
        self.clock = Clock(self._on_tick, engine.help, block=shared.block, storage=shared.account)

    def run(self, begin: Begin, *, has_priority: bool) -> None:
        """Take over what the copies have and what was ordered since, and keep the clock until the worker is gone.

        `has_priority`: no ordinary process takes a processor from this one.
        """
        try:
            start_s = self._take_over(begin)
            self._first = self._tick
            self.clock.run_with_standby(lambda: self.is_over, start_s=start_s, helps=has_priority)
        except WorkerGone:
            return

    def _take_over(self, begin: Begin) -> float:
        """When the next tick is due."""
        shared = self._shared
        newest = shared.newest
        if newest == NEVER:
            return time.monotonic()
        head = shared.heads[newest % 2]
        self._number = int(head["number"])
        for place in range(shared.capacity):
            copy = shared.copies[newest % 2, place]
            if copy["generation"] != NEVER:
                restore(self._engine, place, copy)
                self._generations[place] = copy["generation"]
                self._note_tracks(place)
        self._receive_backlog(begin.backlog)
        self._tick = newest + 1
        return self._catch_up(float(head["due_s"]))

    def _receive_backlog(self, last: int) -> None:
        """Everything that was ordered before the takeover, so that each takes effect when it was meant to."""
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        number = self._number
        while number < last:
            if not poll.poll(_BACKLOG_TIMEOUT_MS):
                raise WorkerGone
            order = self._receive()
            if order is not None:
                self._early.append(order)
                number = order.number

    def _catch_up(self, due_s: float) -> float:
        """Do unheard what should have been done by now; when the next tick is due."""
        period_s = self._shared.block / SAMPLE_RATE
        self._engine.programme, self._engine.cue, self._engine.record, self._engine.microphone = self._unheard
        skipped = 0
        while (now := time.monotonic()) > due_s:
            self._shared.control["alive_s"] = now
            self._due_s = due_s
            while self._early and self._early[0].at_s <= due_s:
                self._do(self._early.popleft())
            if now - due_s > RENDERED_S:
                self._leap(1)
            else:
                self._engine.render()
            due_s += period_s
            self._tick += 1
            skipped += 1
        self.clock.account.skip(skipped)
        return due_s

    def _leap(self, ticks: int) -> None:
        for place in self._engine.places:
            self._engine.leap(place, ticks * self._shared.block)

    def _receive(self) -> Order | None:
        """The next order; None when none waits. Raises WorkerGone."""
        try:
            datagram = self._channel.recv(MAX_MESSAGE_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except ConnectionError as error:
            raise WorkerGone from error
        if not datagram:
            raise WorkerGone
        order = unpack(datagram)
        assert isinstance(order, Order)
        return order

    def _orders(self) -> Iterable[Order]:
        for _ in range(MAX_ORDERS):
            order = self._early.popleft() if self._early else self._receive()
            if order is None:
                return
            yield order

    def _do(self, order: Order) -> None:
        """Carry an order out. The worker hears of it when it makes no sense."""
        engine, place = self._engine, order.place
        self._number = order.number
        match order.kind:
            case Kind.OPEN:
                engine.open(order.value, place=place)
                self._generations[place] = order.number
                self._note_tracks(place)
            case Kind.RESUME:
                self._resume(place)
                self._generations[place] = order.number
            case Kind.CLOSE:
                engine.close(place)
                self._generations[place] = NEVER
                self._note_tracks(place)
            case Kind.APPLY:
                self._apply(order)

    def _apply(self, order: Order) -> None:
        try:
            command = order.command()
            self._engine.apply(order.place, command)
        except (InvalidCommand, UnknownTrack) as error:
            try:
                refused = Refused(order.number, type(error).__name__, str(error))
                self._channel.send(pack(refused), socket.MSG_DONTWAIT)
            except (BlockingIOError, ConnectionError):
                # The worker reads nothing. That a command of a second ago was refused is of no use to it by then.
                return
        else:
            if isinstance(command, Load | LoadSample):
                self._note_tracks(order.place)

    def _resume(self, place: int) -> None:
        """A session from its inbox, moved on to where it would be in this tick, be that late or not."""
        restore(self._engine, place, self._shared.inbox[place])
        self._note_tracks(place)
        late_s = self._due_s - float(self._shared.inbox_due_s[place])
        self._engine.leap(place, max(0, int(late_s * SAMPLE_RATE)))

    def _note_tracks(self, place: int) -> None:
        """Write down whose samples are at the addresses of a record, and let go of the tracks of nobody."""
        held = self._engine.held_tracks(place) if place in self._engine.places else {}
        assert len(held) <= HELD
        self._addresses[place], self._names[place] = 0, b""
        for index, (address, track_id) in enumerate(held.items()):
            self._addresses[place, index], self._names[place, index] = address, track_id.encode()
        self._tracks.keep_only({name.decode() for name in self._names.ravel().tolist()})

    def _use(self, tick: int) -> None:
        """Let the engine render into the slot of a tick, and read the microphones that are in time for it."""
        shared, engine = self._shared, self._engine
        slot, spoken = tick % shared.ticks, tick % MICROPHONE_TICKS
        engine.programme, engine.cue, engine.record = shared.buses[:, slot]
        engine.microphone = shared.microphone[spoken]
        engine.microphone[shared.microphone_ticks[spoken] != tick] = 0.0

    def _on_tick(self) -> None:
        tick = self._first + self.clock.number
        if tick > self._tick:
            # The host slept; the music goes on where it would be.
            self._leap(tick - self._tick)
        self._due_s = self.clock.deadline_s
        try:
            for order in self._orders():
                self._do(order)
        except WorkerGone:
            self.is_over = True
            return
        if places := self._engine.places:
            self._engine.grow_tracks(places[tick % len(places)])
        slot = tick % self._shared.ticks
        self._shared.slot_ticks[slot] = NEVER
        self._use(tick)
        self._shared.slot_frames[slot] = self._engine.frames()
        self._shared.slot_generations[slot] = self._generations
        self._shared.slot_numbers[slot] = self._number
        self._engine.render()
        self._shared.slot_ticks[slot] = tick
        self._publish(tick)
        self._tick = tick + 1

    def _publish(self, tick: int) -> None:
        shared, half = self._shared, tick % 2
        copies = shared.copies[half]
        copies["record"] = self._engine.records
        copies["generation"] = self._generations
        copies["addresses"], copies["tracks"] = self._addresses, self._names
        head = shared.heads[half]
        head["tick"], head["number"] = tick, self._number
        head["due_s"] = self.clock.deadline_s + self.clock.period_s
        shared.control["newest"] = tick
        shared.control["alive_s"] = time.monotonic()
        self._engine.ease_limiter_meters(_EASE)
        os.eventfd_write(self._wake, 1)
