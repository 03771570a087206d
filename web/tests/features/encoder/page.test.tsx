// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { StreamKey, Target } from '@/api/encoder/types';
import EncoderPage from '@/features/encoder/EncoderPage';

import { openPage } from '../../support/page';
import { Platform, Refusal } from '../../support/platform';
import { streamWith } from '../../support/stream';

const SECRET = 'nrs_k4tq2m7wz5fhbn3xj6vprc2ydsa7gule';
const key: StreamKey = {
  id: 'k1',
  label: 'Studio PC',
  hint: 'gule',
  createdAt: '2026-09-02T10:00:00Z',
  lastUsedAt: null,
  revokedAt: null,
};
const target: Target = {
  id: 't1',
  platform: 'twitch',
  label: 'Twitch',
  url: 'rtmps://live.twitch.tv/app',
  keyHint: 'tt01',
  enabled: true,
  createdAt: '2026-09-02T10:00:00Z',
};
const news = vi.hoisted(() => ({ lobby: (): void => undefined }));

vi.mock('@/lib/socket', () => ({
  LiveSocket: class {
    watchLobby(onChanged: () => void) {
      news.lobby = onChanged;
      return () => undefined;
    }
    watchStream = () => () => undefined;
    watchHealth = () => () => undefined;
    watchChat = () => () => undefined;
  },
}));

let platform: Platform;
let keys: StreamKey[];

beforeEach(() => {
  keys = [];
  platform = new Platform()
    .on('GET /stream/current', () => ({ stream: null }))
    .on('GET /stream/keys', () => ({ keys, server: { rtmpUrl: 'rtmp://h:1935/live', rtmpsUrl: null, srtUrl: null } }))
    .on('POST /stream/keys', () => {
      keys = [key];
      return { key, secret: SECRET };
    })
    .on('GET /stream/encoder', () => ({ title: 'Night', description: '', record: true, takeOver: false }))
    .on('PUT /stream/encoder', (body) => body)
    .on('GET /stream/targets', () => ({ targets: [target] }));
});
// What a page says as it goes still needs the platform of its test.
afterEach(cleanup);

const open = () => openPage(platform, '/encoder', { '/encoder': <EncoderPage /> });

test('the first key is one press away, hidden until asked for, and told once', async () => {
  open();
  fireEvent.click(await screen.findByTestId('make-key'));
  const fresh = within(await screen.findByTestId('fresh-key'));
  const field = fresh.getByLabelText<HTMLInputElement>('Stream key');
  expect([field.value, field.type]).toEqual([SECRET, 'password']);
  expect(fresh.getByRole('alert').textContent).toContain('only time');
  fireEvent.click(fresh.getByText('Show'));
  expect(field.type).toBe('text');
  fireEvent.click(fresh.getByText('It is in OBS'));
  expect(screen.queryByDisplayValue(SECRET)).toBeNull();
  expect(screen.getByTestId('stream-key').textContent).toContain('nrs_…gule');
});

test('a key is renewed and revoked only after a question', async () => {
  keys = [key];
  platform.on('DELETE /stream/keys/k1', () => {
    keys = [{ ...key, revokedAt: '2026-09-03T10:00:00Z' }];
    return {};
  });
  open();
  fireEvent.click(await screen.findByLabelText('Revoke Studio PC'));
  expect(platform.requests('DELETE')).toHaveLength(0);
  fireEvent.click(screen.getByTestId('confirm'));
  await screen.findByTestId('make-key');
  expect(platform.requests('DELETE /stream/keys/k1')).toHaveLength(1);
});

test('a key that is not made says why', async () => {
  platform.on('POST /stream/keys', () => new Refusal(409, 'TOO_MANY_KEYS', 'Five keys are enough.'));
  open();
  fireEvent.click(await screen.findByTestId('make-key'));
  expect(await screen.findByText('Five keys are enough.')).toBeDefined();
});

test('what the next stream is to be is saved as it stands in the form', async () => {
  open();
  fireEvent.change(await screen.findByLabelText('Title'), { target: { value: 'Morning' } });
  fireEvent.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Saved');
  expect(platform.requests('PUT /stream/encoder')).toEqual([
    { title: 'Morning', description: '', record: true, takeOver: false },
  ]);
});

test('a platform is added with its key, and switched off without it', async () => {
  platform.on('POST /stream/targets', () => ({ target })).on('PATCH /stream/targets/t1', () => ({ target }));
  open();
  fireEvent.click(await screen.findByTestId('add-target'));
  fireEvent.change(screen.getByLabelText('Stream key'), { target: { value: ' abc-123 ' } });
  fireEvent.submit(screen.getByLabelText('Stream key'));
  await waitFor(() => expect(platform.requests('POST /stream/targets')).toHaveLength(1));
  expect(platform.requests('POST /stream/targets')).toEqual([
    { platform: 'youtube', label: 'YouTube', key: 'abc-123', enabled: true },
  ]);
  fireEvent.click(await screen.findByLabelText('Send to Twitch'));
  await waitFor(() => expect(platform.requests('PATCH /stream/targets/t1')).toEqual([{ enabled: false }]));
});

test('the page turns into the stream’s desk by itself when the encoder connects', async () => {
  open();
  await screen.findByTestId('encoder-waiting');
  const stream = streamWith({ id: 's1', title: 'Morning', ingest: 'rtmp' });
  platform
    .on('GET /stream/current', () => ({ stream }))
    .on('GET /stream/s1/health', () => ({
      health: {
        level: 'bad',
        bitrateBps: 900_000,
        fps: 30,
        keyframeS: 10,
        findings: [{ code: 'KEYFRAMES_FAR_APART', level: 'bad', message: 'Far apart.', setting: 'Keyframe Interval: 2 s' }],
      },
      ingest: 'rtmp',
      renditions: [],
      ladder: 'off',
      record: true,
      recording: { recordingId: 'r', state: 'no_room', seconds: 60, bytes: 1 },
      targets: {
        t1: { state: 'waiting', since: 0, bitrateBps: 0, droppedS: 3, problem: 'It hung up.', retryAt: Date.now() / 1000 + 30 },
      },
    }));
  news.lobby();
  await screen.findByTestId('encoder-live');
  expect((await screen.findByTestId('finding')).textContent).toContain('Keyframe Interval: 2 s');
  expect((await screen.findByTestId('target')).textContent).toMatch(/It hung up. Again in (29|30) s/);
  expect(screen.getByTestId('replay-recording').textContent).toContain('full');
});
