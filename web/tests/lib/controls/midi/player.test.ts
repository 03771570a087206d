import { beforeEach, describe, expect, test, vi } from 'vitest';

import type { Binding } from '@/lib/controls/midi/map';
import { MidiPlayer } from '@/lib/controls/midi/player';

let settings: Record<string, number>;
const surface = {
  press: vi.fn<(id: string) => void>(),
  release: vi.fn<(id: string) => void>(),
  read: (id: string): number | null => settings[id] ?? null,
  set: vi.fn((id: string, value: number) => void (settings[id] = value)),
  turn: vi.fn<(id: string, steps: number) => void>(),
};

beforeEach(() => {
  settings = { crossfader: 0.5, 'deck1.fader': 1, 'deck1.pitch': 0.5 };
  for (const call of [surface.press, surface.release, surface.set, surface.turn]) call.mockClear();
});

const cc = (mode: Binding['mode'], control: string, changes: Partial<Binding> = {}): Binding => ({
  kind: 'cc',
  channel: 0,
  number: 7,
  mode,
  control,
  ...changes,
});
const playing = (...bindings: Binding[]): MidiPlayer => new MidiPlayer(surface, { name: 'x', bindings });
const setValues = (): number[] => surface.set.mock.calls.map(([, value]) => value);

describe('a button', () => {
  const play = { ...cc('button', 'deck1.play'), kind: 'note' as const, number: 11 };

  test('is pressed once and let go once, by a note of no velocity as by a note off', () => {
    const player = playing(play);
    player.receive([0x90, 11, 127]);
    player.receive([0x90, 11, 127]);
    player.receive([0x90, 11, 0]);
    player.receive([0x80, 11, 64]);
    expect([surface.press.mock.calls, surface.release.mock.calls]).toEqual([[['deck1.play']], [['deck1.play']]]);
  });

  test('on another channel is another button', () => {
    playing(play).receive([0x91, 11, 127]);
    expect(surface.press).not.toHaveBeenCalled();
  });

  test('that is a controller is pressed from the middle up', () => {
    const player = playing(cc('button', 'deck1.cue'));
    for (const value of [0, 63, 64, 127, 63]) player.receive([0xb0, 7, value]);
    expect([surface.press.mock.calls.length, surface.release.mock.calls.length]).toEqual([1, 1]);
  });

  test('is let go when its controller goes', () => {
    const player = playing(play);
    player.receive([0x90, 11, 127]);
    player.releaseAll();
    expect(surface.release.mock.calls).toEqual([['deck1.play']]);
  });
});

describe('a fader', () => {
  test('of 7 bits reaches both ends', () => {
    const player = playing(cc('absolute', 'deck1.fader'));
    player.receive([0xb0, 7, 127]);
    player.receive([0xb0, 7, 126]);
    for (let value = 125; value >= 0; value -= 1) player.receive([0xb0, 7, value]);
    expect([settings['deck1.fader'], setValues().length]).toEqual([0, 128]);
  });

  test('of 14 bits moves once for each pair, finely', () => {
    settings['deck1.pitch'] = 0x2000 / 0x3fff;
    const player = playing(cc('absolute14', 'deck1.pitch'));
    player.receive([0xb0, 7, 0x40]);
    player.receive([0xb0, 39, 0x00]);
    player.receive([0xb0, 7, 0x40]);
    player.receive([0xb0, 39, 0x01]);
    expect(setValues()).toEqual([0x2000 / 0x3fff, 0x2001 / 0x3fff]);
  });

  test('on a pitch wheel has 14 bits in one message', () => {
    settings.crossfader = 1;
    playing({ kind: 'pitch', channel: 0, number: 0, mode: 'absolute', control: 'crossfader' }).receive([
      0xe0, 0x7f, 0x7f,
    ]);
    expect(setValues()).toEqual([1]);
  });

  test('turned round goes the other way', () => {
    settings.crossfader = 0;
    playing(cc('absolute', 'crossfader', { isInverted: true })).receive([0xb0, 7, 127]);
    expect(setValues()).toEqual([0]);
  });

  test('does nothing until it has come to what is set', () => {
    const player = playing(cc('absolute', 'crossfader'));
    for (const value of [0, 20, 40, 60]) player.receive([0xb0, 7, value]);
    expect(setValues()).toEqual([]);
    player.receive([0xb0, 7, 62]);
    player.receive([0xb0, 7, 90]);
    expect(setValues()).toEqual([62 / 127, 90 / 127]);
  });

  test('takes over when it passes what is set in one step', () => {
    const player = playing(cc('absolute', 'crossfader'));
    player.receive([0xb0, 7, 10]);
    player.receive([0xb0, 7, 100]);
    expect(setValues()).toEqual([100 / 127]);
  });

  test('loses its hold when something else moves the control', () => {
    const player = playing(cc('absolute', 'crossfader'));
    player.receive([0xb0, 7, 64]);
    settings.crossfader = 0;
    player.receive([0xb0, 7, 66]);
    player.receive([0xb0, 7, 70]);
    expect(setValues()).toEqual([64 / 127]);
  });

  test('of a deck that is not there moves nothing', () => {
    playing(cc('absolute', 'deck4.fader')).receive([0xb0, 7, 127]);
    expect(surface.set).not.toHaveBeenCalled();
  });
});

describe('an endless knob', () => {
  test.each([
    ['twos', 1, 1],
    ['twos', 3, 3],
    ['twos', 127, -1],
    ['twos', 125, -3],
    ['offset', 65, 1],
    ['offset', 60, -4],
  ] as const)('that counts by %s turns by %i as %i', (mode, value, steps) => {
    playing(cc(mode, 'deck1.jog')).receive([0xb0, 7, value]);
    expect(surface.turn.mock.calls).toEqual([['deck1.jog', steps]]);
  });

  test('that says it stands still does nothing', () => {
    playing(cc('offset', 'deck1.jog')).receive([0xb0, 7, 64]);
    expect(surface.turn).not.toHaveBeenCalled();
  });
});

test.each([[[]], [[0x90]], [[0xf8]], [[0x90, 200, 1]], [[0xc0, 5, 0]], [[0x90, 11, 255]]])(
  '%j is no message of a control',
  (bytes) => {
    const player = playing(cc('button', 'deck1.play'), { ...cc('button', 'deck1.play'), kind: 'note', number: 11 });
    player.receive(bytes);
    expect([surface.press.mock.calls, surface.set.mock.calls, surface.turn.mock.calls]).toEqual([[], [], []]);
  },
);
