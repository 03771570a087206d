/** The channel strip of a deck: pitch, trim, equaliser, filter, effect, fader, PFL. */
import type { Command, Deck, Desk } from '../mix/desk-port';

import { fromUnit, toUnit, type Control, type ControlGroup, type Range } from './control';

const TRIM_DB = { low: -24, high: 12 };
const BANDS = ['low', 'mid', 'high'] as const;
const ECHO = 1;

export function channelControls(index: number): Control[] {
  const group = `Deck ${index + 1}` as ControlGroup;
  const id = (name: string): string => `deck${index + 1}.${name}`;
  const toggle = (
    name: string,
    label: string,
    act: (deck: Deck) => Command,
    isLit: (deck: Deck) => boolean,
  ): Control => ({
    id: id(name),
    label,
    group,
    press: (desk) => {
      const deck = desk.decks[index];
      return deck === undefined ? [] : [act(deck)];
    },
    isLit: (desk) => {
      const deck = desk.decks[index];
      return deck !== undefined && isLit(deck);
    },
  });
  const knob = (
    name: string,
    label: string,
    read: (deck: Deck) => number,
    write: (value: number, deck: Deck) => Command,
    rest = 0.5,
  ): Control => ({
    id: id(name),
    label,
    group,
    range: deckRange(index, read, write, rest),
  });

  return [
    knob(
      'pitch',
      'Pitch',
      (deck) => toUnit(deck.pitch, -1, 1),
      (value) => ({ command: 'SetPitch', deck: index, position: fromUnit(value, -1, 1) }),
    ),
    knob(
      'trim',
      'Trim',
      (deck) => toUnit(deck.trimDb, TRIM_DB.low, TRIM_DB.high),
      (value) => ({ command: 'SetTrim', deck: index, db: fromUnit(value, TRIM_DB.low, TRIM_DB.high) }),
      toUnit(0, TRIM_DB.low, TRIM_DB.high),
    ),
    ...BANDS.flatMap((band, number) => [
      knob(
        `eq_${band}`,
        `Equaliser, ${band}`,
        (deck) => toUnit(deck.eq[number] ?? 0, -1, 1),
        (value) => ({ command: 'SetEqualiser', deck: index, band: number, position: fromUnit(value, -1, 1) }),
      ),
      toggle(
        `kill_${band}`,
        `Kill ${band}`,
        (deck) => ({ command: 'SetEqualiser', deck: index, band: number, position: deck.eq[number] === -1 ? 0 : -1 }),
        (deck) => deck.eq[number] === -1,
      ),
    ]),
    knob(
      'filter',
      'Filter',
      (deck) => toUnit(deck.filter, -1, 1),
      (value) => ({ command: 'SetFilter', deck: index, position: fromUnit(value, -1, 1) }),
    ),
    knob(
      'fader',
      'Fader',
      (deck) => deck.fader,
      (value) => ({ command: 'SetFader', deck: index, position: value }),
      1,
    ),
    toggle(
      'listen',
      'Listen in the headphones',
      (deck) => ({ command: 'SetListen', deck: index, on: !deck.listen }),
      (deck) => deck.listen,
    ),
    toggle(
      'effect',
      'Effect',
      ({ effect }) => {
        const isHeard = effect.kind !== 0 && effect.mix > 0;
        const kind = effect.kind === 0 ? ECHO : effect.kind;
        return {
          command: 'SetEffect',
          slot: index,
          kind,
          mix: isHeard ? 0 : 0.5,
          amount: effect.amount,
          beats: effect.beats,
        };
      },
      ({ effect }) => effect.kind !== 0 && effect.mix > 0,
    ),
    knob(
      'effect_mix',
      'Effect, how much',
      (deck) => deck.effect.mix,
      (value, { effect }) => ({
        command: 'SetEffect',
        slot: index,
        kind: effect.kind,
        mix: value,
        amount: effect.amount,
        beats: effect.beats,
      }),
      0,
    ),
    knob(
      'effect_amount',
      'Effect, its character',
      (deck) => deck.effect.amount,
      (value, { effect }) => ({
        command: 'SetEffect',
        slot: index,
        kind: effect.kind,
        mix: effect.mix,
        amount: value,
        beats: effect.beats,
      }),
    ),
  ];
}

function deckRange(
  index: number,
  read: (deck: Deck) => number,
  write: (value: number, deck: Deck) => Command,
  rest: number,
): Range {
  return {
    read: (desk: Desk) => {
      const deck = desk.decks[index];
      return deck === undefined ? null : read(deck);
    },
    write: (desk: Desk, value: number) => {
      const deck = desk.decks[index];
      return deck === undefined ? [] : [write(value, deck)];
    },
    rest,
  };
}
