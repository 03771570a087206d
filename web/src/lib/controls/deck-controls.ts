/** The transport of a deck: play, cue, loops, jumps, sync. */
import { HOT_CUES, SAMPLE_RATE } from '../mix/commands';
import type { Command, Deck, Desk } from '../mix/desk-port';

import type { Control, ControlGroup } from './control';

/** How much a held bend button bends: 4%, as Mixxx does. */
const BEND = 0.04;
/** What a detent of a jog wheel moves a stopped deck by. */
const SEARCH_FRAMES = SAMPLE_RATE / 100;
const LOOP_BEATS = 4;
const JUMP_BEATS = 4;

type OfDeck = (deck: Deck) => Command[];

/** The controls of deck `index`, counted from 0; their ids count from 1, as the decks' names do. */
export function transportControls(index: number): Control[] {
  const group = `Deck ${index + 1}` as ControlGroup;
  const to = (act: OfDeck) => (desk: Desk) => {
    const deck = desk.decks[index];
    return deck === undefined ? [] : act(deck);
  };
  const lit = (is: (deck: Deck) => boolean) => (desk: Desk) => {
    const deck = desk.decks[index];
    return deck !== undefined && is(deck);
  };
  const control = (name: string, label: string, rest: Omit<Control, 'id' | 'label' | 'group'>): Control => ({
    id: `deck${index + 1}.${name}`,
    label,
    group,
    ...rest,
  });
  const button = (name: string, label: string, act: OfDeck, isLit?: (deck: Deck) => boolean): Control =>
    control(name, label, { press: to(act), ...(isLit && { isLit: lit(isLit) }) });
  const held = (
    name: string,
    label: string,
    press: OfDeck,
    release: OfDeck,
    isLit?: (deck: Deck) => boolean,
  ): Control => control(name, label, { press: to(press), release: to(release), ...(isLit && { isLit: lit(isLit) }) });
  const hasTrack = (deck: Deck): boolean => deck.track !== null;

  return [
    button(
      'play',
      'Play and pause',
      (deck) => [{ command: 'Play', deck: index, playing: !deck.playing }],
      (deck) => deck.playing,
    ),
    held(
      'cue',
      'Cue',
      () => [{ command: 'PressCue', deck: index }],
      () => [{ command: 'ReleaseCue', deck: index }],
      (deck) => hasTrack(deck) && !deck.playing,
    ),
    button(
      'sync',
      'Sync',
      (deck) => [{ command: 'SetSync', deck: index, on: !deck.synced }],
      (deck) => deck.synced,
    ),
    control('leader', 'Lead the tempo', {
      press: (desk) =>
        desk.decks[index] === undefined ? [] : [{ command: 'SetLeader', deck: desk.leader === index ? null : index }],
      isLit: (desk) => desk.leader === index,
    }),
    ...Array.from({ length: HOT_CUES }, (_, number) => number).flatMap((number) => [
      button(
        `hotcue${number + 1}`,
        `Hot cue ${number + 1}`,
        (deck) => [
          deck.hotCues[number] == null
            ? { command: 'SetHotCue', deck: index, number }
            : { command: 'JumpToHotCue', deck: index, number },
        ],
        (deck) => deck.hotCues[number] != null,
      ),
      button(`hotcue${number + 1}_clear`, `Clear hot cue ${number + 1}`, () => [
        { command: 'ClearHotCue', deck: index, number },
      ]),
    ]),
    button('loop_in', 'Loop in', () => [{ command: 'LoopIn', deck: index }]),
    button('loop_out', 'Loop out', () => [{ command: 'LoopOut', deck: index }]),
    button(
      'reloop',
      'Leave or re-enter the loop',
      (deck) => [{ command: 'SetLooping', deck: index, on: !deck.looping }],
      (deck) => deck.looping,
    ),
    button(
      'beatloop',
      `Loop of ${LOOP_BEATS} beats`,
      (deck) => [
        deck.looping
          ? { command: 'SetLooping', deck: index, on: false }
          : { command: 'BeatLoop', deck: index, beats: LOOP_BEATS },
      ],
      (deck) => deck.looping,
    ),
    button('loop_halve', 'Halve the loop', () => [{ command: 'ScaleLoop', deck: index, factor: 0.5 }]),
    button('loop_double', 'Double the loop', () => [{ command: 'ScaleLoop', deck: index, factor: 2 }]),
    held(
      'roll',
      'Roll of half a beat',
      () => [{ command: 'LoopRoll', deck: index, beats: 0.5 }],
      () => [{ command: 'LoopRoll', deck: index, beats: null }],
    ),
    button('jump_back', `Jump ${JUMP_BEATS} beats back`, () => [
      { command: 'BeatJump', deck: index, beats: -JUMP_BEATS },
    ]),
    button('jump_forward', `Jump ${JUMP_BEATS} beats forward`, () => [
      { command: 'BeatJump', deck: index, beats: JUMP_BEATS },
    ]),
    held(
      'bend_down',
      'Slower while held',
      () => [{ command: 'Bend', deck: index, amount: -BEND }],
      () => [{ command: 'Bend', deck: index, amount: 0 }],
    ),
    held(
      'bend_up',
      'Faster while held',
      () => [{ command: 'Bend', deck: index, amount: BEND }],
      () => [{ command: 'Bend', deck: index, amount: 0 }],
    ),
    button(
      'slip',
      'Slip',
      (deck) => [{ command: 'SetSlip', deck: index, on: !deck.slip }],
      (deck) => deck.slip,
    ),
    button(
      'quantize',
      'Quantize',
      (deck) => [{ command: 'SetQuantize', deck: index, on: !deck.quantize }],
      (deck) => deck.quantize,
    ),
    button(
      'reverse',
      'Reverse',
      (deck) => [{ command: 'SetReverse', deck: index, on: !deck.reverse }],
      (deck) => deck.reverse,
    ),
    button(
      'key_lock',
      'Key lock',
      (deck) => [{ command: 'SetKeyLock', deck: index, on: !deck.keyLock }],
      (deck) => deck.keyLock,
    ),
    // While it plays, a jog wheel bends instead: see jog.ts.
    control('jog', 'Jog wheel', {
      turn: (desk, steps, playhead) =>
        playhead === null || desk.decks[index]?.track == null
          ? []
          : [{ command: 'Seek', deck: index, frame: Math.max(0, playhead.frame + steps * SEARCH_FRAMES) }],
    }),
    control('load', 'Load the chosen track', { press: () => [{ library: 'load', deck: index }] }),
  ];
}
