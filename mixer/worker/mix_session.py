"""One session at the host, by its name."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from mixer.engine.commands import Command
from mixer.engine.desk_state import DeskState
from mixer.host.host import MixerHost
from mixer.host.settings import HostBusy
from mixer.host.view import MixView

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MixSession:
    host: MixerHost
    session_id: str

    def submit(self, command: Command) -> None:
        """Have the engine do something that no device asked for. Raises HostBusy."""
        self.host.submit(self.session_id, command, source="", seq=0)

    def try_submit(self, command: Command) -> None:
        """The same for what is said again in a moment anyway: lost, and logged, when the engine has too much to do."""
        try:
            self.submit(command)
        except HostBusy:
            _log.warning("the engine has too much to do", session=self.session_id, command=type(command).__name__)

    def obey(self, command: Command, *, source: str, seq: int) -> None:
        """Pass a device's command on; one that a newer of its kind has overtaken is dropped. Raises HostBusy."""
        self.host.submit(self.session_id, command, source=source, seq=seq)

    def view(self) -> MixView | None:
        """The session a few milliseconds ago; None until the engine has it."""
        return self.host.view(self.session_id)

    def not_yet_in(self, view: MixView) -> dict[str, int]:
        """Of each source with commands that `view` is too old to show, the number of the first of them."""
        return self.host.not_yet_in(view, self.session_id)

    def state(self) -> DeskState | None:
        """The settings of `view`."""
        view = self.view()
        return view.desk if view is not None else None
