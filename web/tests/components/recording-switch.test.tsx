// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { StreamHealth } from '@/api/encoder/types';
import { RecordingSwitch } from '@/components/RecordingSwitch';

import { Platform, Refusal } from '../support/platform';
import { streamWith } from '../support/stream';

const NOTHING: StreamHealth = {
  health: null,
  ingest: null,
  renditions: [],
  ladder: 'off',
  record: false,
  recording: null,
  targets: {},
};
const running = { recordingId: 'r', state: 'recording', seconds: 65, bytes: 2_000_000 } as const;

let platform: Platform;

beforeEach(() => {
  platform = new Platform().on('POST /stream/s1/recording', () => ({ stream: streamWith() }));
  vi.stubGlobal('fetch', platform.fetch);
});
afterEach(cleanup);

const shown = (health: StreamHealth | null, isLive = true) => (
  <RecordingSwitch streamId="s1" health={health} isLive={isLive} />
);
const control = (): HTMLInputElement => screen.getByRole<HTMLInputElement>('switch', { name: 'Record' });
const says = (): string | null => screen.getByTestId('replay-recording').textContent;

test('before the show it says that the recording starts with it, and is found so again', () => {
  const { rerender } = render(shown({ ...NOTHING, record: true }, false));
  expect(control().checked).toBe(true);
  expect(says()).toContain('when you go live');
  rerender(shown({ ...NOTHING, record: true, recording: running }));
  expect(says()).toContain('1:05 recorded');
});

test('what was asked for is shown until the platform says so, whatever older word comes between', async () => {
  const { rerender } = render(shown(NOTHING));
  fireEvent.click(control());
  await vi.waitFor(() => expect(platform.requests('POST /stream/s1/recording')).toEqual([{ on: true }]));
  rerender(shown({ ...NOTHING }));
  expect(control().checked).toBe(true);
  rerender(shown({ ...NOTHING, record: true, recording: running }));
  expect(control().checked).toBe(true);
  // From here on it follows: another device of ours has switched it off.
  rerender(shown({ ...NOTHING, recording: running }));
  await vi.waitFor(() => expect(control().checked).toBe(false));
});

test('what is refused is said, and not shown as done', async () => {
  platform.on('POST /stream/s1/recording', () => new Refusal(507, 'QUOTA_EXCEEDED', 'Your space is full.'));
  render(shown(NOTHING));
  fireEvent.click(control());
  expect((await screen.findByRole('alert')).textContent).toContain('Your space is full.');
  expect(control().checked).toBe(false);
});

test('a recording that has no room left is not shown as one', () => {
  render(shown({ ...NOTHING, record: true, recording: { ...running, state: 'no_room' } }));
  expect(control().checked).toBe(false);
  expect(says()).toContain('full');
});
