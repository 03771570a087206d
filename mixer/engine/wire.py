"""Commands as JSON values, for sockets and event logs."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import Any, get_args, get_type_hints

from mixer.engine.commands import Command, DeckCommand, InvalidCommand


def _all_commands(base: type[Command]) -> dict[str, type[Command]]:
    found = {}
    for kind in base.__subclasses__():
        found[kind.__name__] = kind
        found.update(_all_commands(kind))
    return found


def to_fields(command: Command) -> dict[str, Any]:
    """A command as JSON values; `read_command` is its inverse."""
    return {"command": type(command).__name__, **asdict(command)}


def _hints(kind: type[Command]) -> dict[str, Any]:
    """The fields of a command and their types."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _read_value(kind: Any, value: Any) -> Any:
    options = [option for option in get_args(kind) if option is not type(None)] or [kind]
    if value is None and type(None) in get_args(kind):
        return None
    wanted = options[0]
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if wanted is bool or wanted is str:
        if type(value) is wanted:
            return value
    elif is_number and (wanted is float or value == int(value)):
        return wanted(value)
    raise InvalidCommand(f"{value!r} is not a {wanted.__name__}")


def read_command(values: dict[str, Any]) -> Command:
    """The command that `to_fields` wrote. Raises InvalidCommand, and nothing else."""
    name = values.get("command")
    kind = COMMANDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise InvalidCommand(f"there is no command {name!r}")
    hints = _HINTS[kind.__name__]
    known = hints.keys()
    if unknown := set(values) - known - {"command"}:
        raise InvalidCommand(f"{name} has no {', '.join(sorted(map(str, unknown)))}")
    try:
        return kind(**{field: _read_value(hints[field], value) for field, value in values.items() if field in known})
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidCommand(f"{name}: {error}") from error


COMMANDS = {name: kind for name, kind in _all_commands(Command).items() if kind is not DeckCommand}
"""Every command by its name."""
_HINTS = {name: _hints(kind) for name, kind in COMMANDS.items()}
