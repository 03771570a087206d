import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { CONTROLS, findControl } from '@/lib/controls/registry';
import { ControlSurface } from '@/lib/controls/surface';
import { foresee } from '@/lib/mix/foresee';

import { deckWith, deskWith, RecordingDesk } from '../../support/desk';

const track = {
  id: 't1',
  title: 'Night',
  artist: null,
  bpm: 124,
  key: 'A minor',
  camelot: '8A',
  durationS: 300,
  gridFrame: 0,
};

test('every control has a name of its own', () => {
  expect(new Set(CONTROLS.map(({ id }) => id)).size).toBe(CONTROLS.length);
});

test.each(CONTROLS.filter(({ range }) => range).map(({ id }) => id))(
  '%s is where it was put, and rests where it says',
  (id) => {
    const effect = { kind: 1 as const, mix: 0.3, amount: 0.3, beats: 1 };
    let desk = deskWith({ decks: Array.from({ length: 4 }, () => deckWith({ effect })) });
    const port = new RecordingDesk(desk);
    const surface = new ControlSurface(port);
    const after = (act: () => void): number | null => {
      act();
      for (const command of port.sent.splice(0)) desk = foresee(desk, command);
      port.become(desk);
      return surface.read(id);
    };
    expect(after(() => surface.set(id, 0.25))).toBeCloseTo(0.25, 6);
    expect(after(() => surface.turn(id, 8))).toBeCloseTo(0.375, 6);
    expect(after(() => surface.set(id, 7))).toBe(1);
    expect(after(() => surface.reset(id))).toBeCloseTo(findControl(id)?.range?.rest ?? Number.NaN, 6);
  },
);

test('a knob turned to a quarter asks for a quarter of what it means', () => {
  const port = new RecordingDesk();
  const surface = new ControlSurface(port);
  surface.set('crossfader', 0.25);
  surface.set('deck2.eq_low', 0);
  surface.set('deck1.trim', 1);
  expect(port.sent).toEqual([
    { command: 'MoveCrossfader', position: -0.5 },
    { command: 'SetEqualiser', deck: 1, band: 0, position: -1 },
    { command: 'SetTrim', deck: 0, db: 12 },
  ]);
});

test('a toggle asks for the other state of what the desk shows', () => {
  const port = new RecordingDesk(deskWith({ decks: [deckWith({ playing: true }), deckWith()] }));
  const surface = new ControlSurface(port);
  surface.press('deck1.play');
  surface.press('deck2.play');
  expect(port.sent).toEqual([
    { command: 'Play', deck: 0, playing: false },
    { command: 'Play', deck: 1, playing: true },
  ]);
  expect([surface.isLit('deck1.play'), surface.isLit('deck2.play')]).toEqual([true, false]);
});

test('a hot cue is put where there is none, and jumped to where there is one', () => {
  const hotCues = [null, 96_000, null, null, null, null, null, null];
  const port = new RecordingDesk(deskWith({ decks: [deckWith({ track, hotCues })] }));
  const surface = new ControlSurface(port);
  surface.press('deck1.hotcue1');
  surface.press('deck1.hotcue2');
  expect(port.sent.map(({ command }) => command)).toEqual(['SetHotCue', 'JumpToHotCue']);
});

test('a deck that is not there, or no desk at all, is asked for nothing', () => {
  const port = new RecordingDesk();
  const surface = new ControlSurface(port);
  surface.press('deck3.play');
  surface.set('deck4.fader', 0.5);
  surface.turn('deck4.jog', 3);
  surface.press('no such control');
  port.become(null);
  surface.press('deck1.play');
  surface.turn('crossfader', 1);
  expect(port.sent).toEqual([]);
  expect(surface.read('deck1.fader')).toBeNull();
});

test('what concerns the library goes to the library', () => {
  const port = new RecordingDesk();
  const surface = new ControlSurface(port);
  const heard = vi.fn();
  const stop = surface.onLibraryRequest(heard);
  surface.turn('library.browse', -2);
  surface.press('deck2.load');
  stop();
  surface.press('library.queue');
  expect(heard.mock.calls).toEqual([[{ library: 'move', steps: -2 }], [{ library: 'load', deck: 1 }]]);
  expect(port.sent).toEqual([]);
});

describe('a jog wheel', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('searches while the deck stands', () => {
    const port = new RecordingDesk(deskWith({ decks: [deckWith({ track })] }));
    new ControlSurface(port).turn('deck1.jog', -10);
    expect(port.sent).toEqual([{ command: 'Seek', deck: 0, frame: 48_000 - 4800 }]);
  });

  test('bends while the deck plays, the more the faster it turns, and lets go when it stops', () => {
    const bendOf = (ticks: number): number => {
      const port = new RecordingDesk(deskWith({ decks: [deckWith({ track, playing: true })] }));
      let now = 0;
      const surface = new ControlSurface(port, () => now);
      for (let count = 0; count < 20; count += 1) {
        now += 10;
        surface.turn('deck1.jog', ticks);
      }
      const last = port.sent.at(-1);
      vi.advanceTimersByTime(200);
      expect(port.sent.at(-1)).toEqual({ command: 'Bend', deck: 0, amount: 0 });
      return last?.command === 'Bend' ? last.amount : Number.NaN;
    };
    expect(bendOf(1)).toBeCloseTo(0.0625, 3);
    expect(bendOf(-1)).toBeCloseTo(-0.0625, 3);
    expect(bendOf(20)).toBeCloseTo(0.12, 3);
  });
});
