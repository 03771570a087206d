// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi, type Mock } from 'vitest';

import { actionOf, keysFor, type PlayerActions } from '@/components/player/keys';
import { usePlayerKeys } from '@/components/player/usePlayerKeys';

let actions: { [Name in keyof PlayerActions]-?: Mock<NonNullable<PlayerActions[Name]>> };

beforeEach(() => {
  actions = {
    togglePlay: vi.fn(),
    toggleMute: vi.fn(),
    changeVolume: vi.fn(),
    toggleFullscreen: vi.fn(),
    togglePictureInPicture: vi.fn(),
    toggleStatistics: vi.fn(),
    showKeys: vi.fn(),
    seekBy: vi.fn(),
    toStart: vi.fn(),
    toEnd: vi.fn(),
  };
});
afterEach(cleanup);

function Page() {
  usePlayerKeys(actions);
  return (
    <>
      <input aria-label="Message" />
      <input type="range" aria-label="Volume" />
      <button type="button">Do it</button>
    </>
  );
}

test.each([
  [' ', 'togglePlay', []],
  ['k', 'togglePlay', []],
  ['m', 'toggleMute', []],
  ['f', 'toggleFullscreen', []],
  ['p', 'togglePictureInPicture', []],
  ['s', 'toggleStatistics', []],
  ['?', 'showKeys', []],
  ['j', 'seekBy', [-10]],
  ['l', 'seekBy', [10]],
  ['ArrowLeft', 'seekBy', [-5]],
  ['ArrowRight', 'seekBy', [5]],
  ['ArrowUp', 'changeVolume', [0.1]],
  ['ArrowDown', 'changeVolume', [-0.1]],
  ['Home', 'toStart', []],
  ['End', 'toEnd', []],
] as const)('the key %j does %s', (key, name, given) => {
  render(<Page />);
  fireEvent.keyDown(document.body, { key });
  expect(actions[name].mock.calls).toEqual([given]);
});

test('a field keeps all its keys, a slider those that move it, a button its space bar', () => {
  render(<Page />);
  fireEvent.keyDown(screen.getByLabelText('Message'), { key: 'k' });
  fireEvent.keyDown(screen.getByLabelText('Volume'), { key: 'ArrowLeft' });
  fireEvent.keyDown(screen.getByText('Do it'), { key: ' ' });
  fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
  expect([actions.togglePlay.mock.calls.length, actions.seekBy.mock.calls.length]).toEqual([0, 0]);
  fireEvent.keyDown(screen.getByLabelText('Volume'), { key: 'k' });
  fireEvent.keyDown(screen.getByText('Do it'), { key: 'k' });
  expect(actions.togglePlay).toHaveBeenCalledTimes(2);
});

test('what cannot be sought has no keys for it, and names none', () => {
  const live: PlayerActions = { ...actions, seekBy: undefined, toStart: undefined, toEnd: undefined };
  expect(actionOf('j', live)).toBeUndefined();
  expect(keysFor(live).map(({ says }) => says)).not.toContain('10 seconds back');
  expect(keysFor(actions).map(({ says }) => says)).toContain('10 seconds back');
});
