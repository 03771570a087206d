import { describe, expect, test } from 'vitest';

import type { Command } from '@/lib/mix/commands';
import { sharing } from '@/lib/mix/desk';
import { DeskStore } from '@/lib/mix/desk-store';
import { foresee } from '@/lib/mix/foresee';

import { deckWith, deskWith } from '../../support/desk';

const track = {
  id: 't1',
  title: 'Low Tide',
  artist: 'Tern',
  bpm: 122,
  key: 'Am',
  camelot: '8A',
  durationS: 300,
  gridFrame: 4800,
};

describe('the foreseen desk', () => {
  const cases: [Command, (desk: ReturnType<typeof deskWith>) => unknown, unknown][] = [
    [{ command: 'MoveCrossfader', position: 0.4 }, (desk) => desk.crossfader, 0.4],
    [{ command: 'SetFader', deck: 1, position: 0.3 }, (desk) => desk.decks[1]?.fader, 0.3],
    [{ command: 'SetEqualiser', deck: 0, band: 2, position: -1 }, (desk) => desk.decks[0]?.eq, [0, 0, -1]],
    [{ command: 'Play', deck: 0, playing: true }, (desk) => desk.decks[0]?.playing, true],
    [{ command: 'SetHeadphones', blend: 0.5, split: true, db: -3 }, (desk) => desk.headphones.split, true],
    [{ command: 'SetEffect', slot: 4, kind: 2, mix: 1, amount: 0.2, beats: 2 }, (desk) => desk.masterEffect.kind, 2],
    [{ command: 'SetEffect', slot: 1, kind: 3, mix: 1, amount: 0.2, beats: 2 }, (desk) => desk.decks[1]?.effect.kind, 3],
    [{ command: 'SetLeader', deck: 1 }, (desk) => desk.leader, 1],
  ];
  test.each(cases)('%o', (command, read, expected) => {
    const desk = deskWith({ decks: [deckWith({ track, lengthFrames: 100 }), deckWith()] });
    expect(read(foresee(desk, command))).toEqual(expected);
  });

  test('says nothing of what the mixer decides', () => {
    const desk = deskWith();
    expect(foresee(desk, { command: 'BeatLoop', deck: 0, beats: 4 })).toEqual(desk);
    expect(foresee(desk, { command: 'Play', deck: 0, playing: true }).decks[0]?.playing).toBe(false);
  });
});

describe('the desk that is shown', () => {
  test('has what was touched at once, and is the mixer’s after its acknowledgement', () => {
    const store = new DeskStore();
    const touched: Command = { command: 'MoveCrossfader', position: 0.7 };
    store.confirm(deskWith(), []);
    store.show([touched]);
    expect(store.getSnapshot()?.crossfader).toBe(0.7);
    // Another device moved a fader meanwhile; our own touch is not acknowledged yet.
    store.confirm(deskWith({ masterDb: -3 }), [touched]);
    expect(store.getSnapshot()).toMatchObject({ crossfader: 0.7, masterDb: -3 });
    store.confirm(deskWith({ crossfader: 0.65, masterDb: -3 }), []);
    expect(store.getSnapshot()?.crossfader).toBe(0.65);
  });

  test('takes back what was refused', () => {
    const store = new DeskStore();
    store.confirm(deskWith(), []);
    store.show([{ command: 'SetMaster', db: 6 }]);
    store.show([]);
    expect(store.getSnapshot()?.masterDb).toBe(0);
  });

  test('tells only of changes, and keeps what did not change the same object', () => {
    const store = new DeskStore();
    let told = 0;
    store.subscribe(() => (told += 1));
    store.confirm(deskWith(), []);
    const before = store.getSnapshot();
    store.confirm(deskWith(), []);
    expect(told).toBe(1);
    expect(store.getSnapshot()).toBe(before);
    store.confirm(deskWith({ decks: [deckWith({ side: 0 }), deckWith({ side: 2, fader: 0.2 })] }), []);
    expect(told).toBe(2);
    expect(store.getSnapshot()?.decks[0]).toBe(before?.decks[0]);
    expect(store.getSnapshot()?.decks[1]).not.toBe(before?.decks[1]);
  });

  test('a list that became shorter is another list', () => {
    expect(sharing([1, 2, 3], [1, 2])).toEqual([1, 2]);
  });
});
