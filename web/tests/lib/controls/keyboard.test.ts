// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { describe as describeKey, isTyping, playByKeys } from '@/lib/controls/keyboard';
import { DEFAULT_KEYS, InvalidKeyMap, keyName, readKeyMap } from '@/lib/controls/keyboard-map';
import { findControl } from '@/lib/controls/registry';

const surface = { press: vi.fn(), release: vi.fn(), turn: vi.fn() };
let stop: () => void;

beforeEach(() => {
  for (const call of Object.values(surface)) call.mockReset();
  document.body.innerHTML = '<input id="text"><select id="choice"></select><button id="button"></button><p id="p"></p>';
  stop = playByKeys(window, surface, DEFAULT_KEYS);
});
afterEach(() => stop());

function keydown(code: string, init: KeyboardEventInit = {}, target = 'p'): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { code, key: code, bubbles: true, cancelable: true, ...init });
  document.getElementById(target)?.dispatchEvent(event);
  return event;
}

function keyup(code: string): void {
  document.body.dispatchEvent(new KeyboardEvent('keyup', { code, bubbles: true }));
}

test('a key plays, is taken from the browser, and is let go once', () => {
  expect(keydown('KeyF').defaultPrevented).toBe(true);
  keydown('KeyF', { repeat: true });
  expect(surface.press.mock.calls).toEqual([['deck1.cue']]);
  keyup('KeyF');
  keyup('KeyF');
  expect(surface.release.mock.calls).toEqual([['deck1.cue']]);
});

test('what is held is let go though Shift was pressed meanwhile', () => {
  keydown('KeyA');
  keydown('KeyA', { shiftKey: true, repeat: true });
  keyup('KeyA');
  expect(surface.release.mock.calls).toEqual([['deck1.bend_down']]);
});

test('what is held is let go when the page loses the keyboard', () => {
  keydown('KeyK');
  window.dispatchEvent(new Event('blur'));
  expect(surface.release.mock.calls).toEqual([['deck2.bend_up']]);
});

test('a fader goes on moving while its key is held', () => {
  keydown('KeyH');
  keydown('KeyH', { repeat: true });
  keydown('KeyG', { shiftKey: true });
  expect(surface.turn.mock.calls).toEqual([
    ['crossfader', 4],
    ['crossfader', 4],
    ['crossfader', -1],
  ]);
});

test('the list is walked and searched from wherever one stands', () => {
  keydown('ArrowDown', { shiftKey: true });
  keydown('ArrowDown', { shiftKey: true, repeat: true });
  keydown('ArrowUp', { shiftKey: true }, 'button');
  keydown('KeyF', { shiftKey: true });
  expect(surface.turn.mock.calls).toEqual([
    ['library.browse', 1],
    ['library.browse', 1],
    ['library.browse', -1],
  ]);
  expect(surface.press.mock.calls).toEqual([['library.search']]);
});

describe('nothing plays', () => {
  test.each(['text', 'choice'])('while somebody types or chooses in %s', (target) => {
    expect(keydown('KeyD', {}, target).defaultPrevented).toBe(false);
    expect(surface.press).not.toHaveBeenCalled();
  });

  test('while a dialog is open', () => {
    document.body.append(Object.assign(document.createElement('dialog'), { open: true }));
    keydown('KeyD');
    expect(surface.press).not.toHaveBeenCalled();
  });

  test.each([{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { isComposing: true }])('with %o', (init) => {
    keydown('KeyD', init);
    expect(surface.press).not.toHaveBeenCalled();
  });

  test('when something else has taken the key', () => {
    const taken = new KeyboardEvent('keydown', { code: 'KeyD', bubbles: true, cancelable: true });
    taken.preventDefault();
    document.body.dispatchEvent(taken);
    expect(surface.press).not.toHaveBeenCalled();
  });
});

test('a button with the focus does not keep the keys from playing', () => {
  keydown('KeyD', {}, 'button');
  expect(surface.press.mock.calls).toEqual([['deck1.play']]);
  expect(isTyping(document.getElementById('button'))).toBe(false);
});

describe('the default map', () => {
  test('names controls that there are, each key once', () => {
    for (const { control } of DEFAULT_KEYS) expect(findControl(control), control).not.toBeNull();
    const chords = DEFAULT_KEYS.map(keyName);
    expect(new Set(chords).size).toBe(chords.length);
  });

  test('leaves the question mark to the help', () => {
    expect(DEFAULT_KEYS.some(({ code, shift }) => code === 'Slash' && shift)).toBe(false);
  });

  test('survives being stored', () => {
    expect(readKeyMap(JSON.stringify(DEFAULT_KEYS))).toEqual(DEFAULT_KEYS);
  });

  test('says what each key is for', () => {
    expect(describeKey({ code: 'KeyG', shift: true, control: 'crossfader', steps: -1 })).toBe(
      'Crossfader to the left, a little',
    );
    expect(DEFAULT_KEYS.every((binding) => describeKey(binding) !== null)).toBe(true);
  });
});

test.each([
  '',
  'null',
  '{}',
  '[1]',
  '[{"code":"KeyA"}]',
  '[{"code":"KeyA","control":"nothing"}]',
  '[{"code":"KeyA","control":"crossfader","steps":1e9}]',
])('a stored map that reads %j is refused', (json) => {
  expect(() => readKeyMap(json)).toThrow(InvalidKeyMap);
});
