import { describe, expect, test } from 'vitest';

import {
  isSameSource,
  InvalidMidiMap,
  readMidiMap,
  sourceName,
  withBinding,
  writeMidiMap,
  type Binding,
} from '@/lib/controls/midi/map';
import { BUILT_IN } from '@/lib/controls/midi/stored-maps';
import { findControl } from '@/lib/controls/registry';

const play: Binding = { kind: 'note', channel: 0, number: 11, mode: 'button', control: 'deck1.play' };

test('a map is read as it was written', () => {
  const map = {
    name: 'Mine',
    bindings: [
      play,
      { ...play, kind: 'cc' as const, mode: 'absolute14' as const, control: 'crossfader', isInverted: true },
    ],
  };
  expect(readMidiMap(writeMidiMap(map))).toEqual(map);
});

test.each([
  ['', 'no JSON'],
  ['null', 'no map'],
  ['{"name":"x"}', 'no map'],
  ['{"name":"x","bindings":[null]}', 'none'],
  ['{"name":"x","bindings":[{"kind":"sysex"}]}', 'kind'],
  ['{"name":"x","bindings":[{"kind":"note","channel":16,"number":1}]}', 'range'],
  ['{"name":"x","bindings":[{"kind":"note","channel":0.5,"number":1}]}', 'range'],
  ['{"name":"x","bindings":[{"kind":"note","channel":0,"number":1,"mode":"magic"}]}', 'no way'],
  ['{"name":"x","bindings":[{"kind":"note","channel":0,"number":1,"mode":"button","control":"rm"}]}', 'no control rm'],
  [JSON.stringify({ name: 'x', bindings: Array<Binding>(513).fill(play) }), '512'],
  [' '.repeat(200_001), 'too large'],
])('what is no map is refused: %s', (json, why) => {
  expect(() => readMidiMap(json)).toThrow(InvalidMidiMap);
  expect(() => readMidiMap(json)).toThrow(why);
});

test('a part does one thing: a new binding takes the place of the old', () => {
  const map = withBinding({ name: 'x', bindings: [play] }, { ...play, control: 'deck2.play' });
  expect(map.bindings).toEqual([{ ...play, control: 'deck2.play' }]);
  expect(withBinding(map, { ...play, channel: 1 }).bindings).toHaveLength(2);
});

test('a source is named as a manual would', () => {
  expect(sourceName(play)).toBe('Note 11 on channel 1');
});

describe.each(BUILT_IN.map((map) => [map.name, map] as const))('our map of the %s', (_, map) => {
  test('names controls that there are, each part once', () => {
    for (const binding of map.bindings) {
      expect(findControl(binding.control), binding.control).not.toBeNull();
      expect(
        map.bindings.filter((other) => isSameSource(other, binding)),
        sourceName(binding),
      ).toHaveLength(1);
    }
  });

  test('uses no number twice as the lower half of another', () => {
    for (const { mode, channel, number } of map.bindings) {
      if (mode !== 'absolute14') continue;
      expect(number).toBeLessThan(32);
      expect(
        map.bindings.some((other) => other.kind === 'cc' && other.channel === channel && other.number === number + 32),
      ).toBe(false);
    }
  });

  test('can be stored', () => {
    expect(readMidiMap(writeMidiMap(map))).toEqual(map);
  });
});
