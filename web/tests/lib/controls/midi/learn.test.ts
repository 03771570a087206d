import { expect, test } from 'vitest';

import { Learner, LEARN_QUIET_MS } from '@/lib/controls/midi/learn';
import { findControl } from '@/lib/controls/registry';

function learned(controlId: string, messages: number[][]): unknown {
  const control = findControl(controlId);
  if (control === null) throw new Error(`no ${controlId}`);
  const learner = new Learner(control);
  let now = 0;
  for (const message of messages) {
    now += 10;
    const binding = learner.receive(message, now);
    if (binding !== null) return binding;
  }
  expect(learner.settle(now + LEARN_QUIET_MS - 1)).toBeNull();
  return learner.settle(now + LEARN_QUIET_MS);
}

const cc = (number: number, ...values: number[]): number[][] => values.map((value) => [0xb2, number, value]);

test('a key is learned as it is pressed', () => {
  expect(
    learned('deck1.play', [
      [0x81, 3, 0],
      [0x91, 3, 100],
    ]),
  ).toEqual({ kind: 'note', channel: 1, number: 3, mode: 'button', control: 'deck1.play' });
});

test.each([
  ['a fader', 'crossfader', cc(9, 10, 11, 12, 14, 17), { number: 9, mode: 'absolute' }],
  ['a fader at its end', 'crossfader', cc(9, 5, 3, 1, 0), { number: 9, mode: 'absolute' }],
  [
    'a fine fader',
    'deck1.pitch',
    [
      [0xb2, 9, 64],
      [0xb2, 41, 1],
      [0xb2, 9, 64],
      [0xb2, 41, 90],
    ],
    { number: 9, mode: 'absolute14' },
  ],
  [
    'a fine fader heard from its lower half on',
    'deck1.pitch',
    [
      [0xb2, 41, 1],
      [0xb2, 9, 64],
      [0xb2, 41, 90],
    ],
    { number: 9, mode: 'absolute14' },
  ],
  ['a jog wheel that counts from 64', 'deck1.jog', cc(33, 65, 66, 63), { number: 33, mode: 'offset' }],
  ['a jog wheel that counts from 0', 'deck1.jog', cc(33, 1, 1, 127), { number: 33, mode: 'twos' }],
  ['an endless knob on a range', 'deck1.filter', cc(20, 1, 1, 1, 2), { number: 20, mode: 'twos' }],
  ['a button that is a controller', 'deck1.cue', cc(20, 127, 0), { number: 20, mode: 'button' }],
])('%s is known by what it sends', (_, controlId, messages, expected) => {
  expect(learned(controlId, messages)).toMatchObject({ kind: 'cc', channel: 2, control: controlId, ...expected });
});

test('nothing is learned from nothing', () => {
  expect(learned('crossfader', [[0xf8], [0xfe]])).toBeNull();
});
