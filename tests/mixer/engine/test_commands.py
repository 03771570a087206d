"""Commands over the wire: every one goes and comes, nonsense raises one error, and late ones are dropped."""

from __future__ import annotations

import json
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixer.dsp.effects.state import EffectKind
from mixer.engine import commands as c
from mixer.engine.commands import Command, InvalidCommand
from mixer.engine.snapshot import Snapshot, UnreadableSnapshot
from mixer.engine.wire import COMMANDS, read_command, to_fields
from tests.mixer.rig import Rig, tone

KINDS = list(COMMANDS.values())
EXAMPLES: dict[Any, Any] = {int: 1, float: 0.5, bool: True, str: "x", EffectKind: EffectKind.GATE}


def example(kind: type[Command]) -> Command:
    values = {}
    for name, hint in get_type_hints(kind).items():
        plain = next((option for option in get_args(hint) if option is not type(None)), hint)
        values[name] = EXAMPLES.get(plain) if plain in EXAMPLES else plain(1)
    return kind(**values)


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_survives_json(kind: type[Command]) -> None:
    command = example(kind)
    again = read_command(json.loads(json.dumps(to_fields(command))))
    assert again == command
    assert type(again) is kind


json_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.integers(), max_size=2),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([kind.__name__ for kind in KINDS]), st.data())
def test_nonsense_raises_one_error(name: str, data: st.DataObject) -> None:
    names = [*get_type_hints(COMMANDS[name]), "other"]
    values = data.draw(st.dictionaries(st.sampled_from(names), json_values, max_size=5))
    try:
        command = read_command({"command": name, **values})
    except InvalidCommand:
        return
    assert type(command).__name__ == name


@pytest.mark.parametrize("name", [None, 7, "Command", "DeckCommand", "Nothing", ["Play"]])
def test_an_unknown_command_is_refused(name: object) -> None:
    with pytest.raises(InvalidCommand):
        read_command({"command": name, "deck": 0})


def test_an_overtaken_command_is_dropped() -> None:
    rig = Rig(x=tone(440.0, 1.0))
    engine, place = rig.engine, rig.place
    assert engine.submit(place, c.SetFader(0, 0.9), source="tablet", seq=7)
    assert not engine.submit(place, c.SetFader(0, 0.1), source="tablet", seq=6)
    assert not engine.submit(place, c.SetFader(0, 0.1), source="tablet", seq=7)
    assert engine.submit(place, c.SetFader(1, 0.1), source="tablet", seq=6)
    assert engine.submit(place, c.SetFader(0, 0.5), source="desk", seq=1)
    assert [event.command for event in engine.log(place).events[-3:]] == [
        c.SetFader(0, 0.9),
        c.SetFader(1, 0.1),
        c.SetFader(0, 0.5),
    ]


def test_hot_cues_and_bands_are_controls_of_their_own() -> None:
    rig = Rig(x=tone(440.0, 1.0))
    assert rig.engine.submit(rig.place, c.SetEqualiser(0, 0, 0.1), source="tablet", seq=9)
    assert rig.engine.submit(rig.place, c.SetEqualiser(0, 1, 0.1), source="tablet", seq=8)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_a_blob_that_is_no_snapshot_raises_one_error(blob: bytes) -> None:
    with pytest.raises(UnreadableSnapshot):
        Snapshot.from_bytes(blob)


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_snapshot_is_refused(damage: str) -> None:
    rig = Rig(x=tone(440.0, 1.0))
    blob = bytearray(rig.engine.snapshot(rig.place).to_bytes())
    if damage == "cut":
        del blob[-10:]
    else:
        blob[len(blob) // 2] ^= 1
    with pytest.raises(UnreadableSnapshot):
        Snapshot.from_bytes(bytes(blob))
