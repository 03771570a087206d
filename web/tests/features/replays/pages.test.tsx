// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Replay } from '@/api/replays/types';
import ReplayPage from '@/features/replays/ReplayPage';
import ReplaysPage from '@/features/replays/ReplaysPage';

import { openPage } from '../../support/page';
import { Platform } from '../../support/platform';

vi.mock('@/lib/hls', () => ({ playHls: () => Promise.resolve(null) }));

const replay: Replay = {
  id: 'r1',
  streamId: 's1',
  creatorId: 'u1',
  creatorName: 'Osk',
  title: 'All/night: long',
  description: '',
  state: 'ready',
  visibility: 'public',
  startedAt: '2026-09-02T20:00:00Z',
  endedAt: '2026-09-02T22:00:00Z',
  durationS: 7200,
  bytes: 4_000_000_000,
  thumbnailUrl: null,
  renditions: [],
  chapters: [
    { atS: 0, title: 'Beginning' },
    { atS: 600, title: 'Back again' },
  ],
  keepUntil: '2026-10-02T22:00:00Z',
};

let platform: Platform;
let replays: Replay[];

beforeEach(() => {
  replays = [replay];
  platform = new Platform()
    .on('GET /stream/replays', () => ({
      items: replays,
      pagination: { total: replays.length, page: 1, perPage: 20, totalPages: 1 },
    }))
    .on('POST /replay/r1/watch', () => ({ replay, playlistUrl: '/p.m3u8', downloadUrl: '/api/v1/replay/r1/download' }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const open = (path = '/replays') =>
  openPage(platform, path, { '/replays': <ReplaysPage />, '/replay/:id': <ReplayPage /> });

test('a replay is deleted only after a question', async () => {
  platform.on('DELETE /replay/r1', () => {
    replays = [];
    return {};
  });
  open();
  fireEvent.click(await screen.findByTestId('replay-delete'));
  expect(platform.requests('DELETE')).toHaveLength(0);
  fireEvent.click(screen.getByTestId('confirm'));
  await screen.findByText('Nothing recorded yet');
});

test('keeping it stays as it is unless another time is chosen', async () => {
  platform.on('PATCH /replay/r1', () => ({ replay }));
  open();
  for (const [kept, keepDays] of [
    ['as-it-is', undefined],
    ['30', 30],
    ['for-ever', null],
  ] as const) {
    fireEvent.click(await screen.findByTestId('replay-edit'));
    fireEvent.change(screen.getByLabelText('Kept'), { target: { value: kept } });
    fireEvent.submit(screen.getByLabelText('Kept'));
    await waitFor(() => expect(screen.queryByLabelText('Kept')).toBeNull());
    const sent = platform.requests('PATCH /replay/r1').at(-1) as { keepDays?: number | null };
    expect(sent.keepDays).toBe(keepDays);
  }
});

test('the MP4 is saved under its title once it is made, and how far that is is told', async () => {
  let progress: number | null = 0.42;
  platform.on('GET /replay/r1/download', () =>
    progress === null
      ? new Response('x', { status: 206 })
      : Response.json({ success: true, data: { state: 'making', progress } }, { status: 202 }),
  );
  const saved: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push(this.download);
  });
  open();
  fireEvent.click(await screen.findByTestId('replay-download'));
  await screen.findByText(/42%/);
  expect(saved).toEqual([]);
  progress = null;
  await waitFor(() => expect(saved).toEqual(['All night long.mp4']), { timeout: 5000 });
});

test('a replay page shows its chapters, and those of its creator what can be done', async () => {
  open('/replay/r1');
  expect((await screen.findByText('Back again')).textContent).toContain('10:00');
  expect(screen.getByTestId('replay-edit')).toBeDefined();
});

test('a replay that is gone, or private to somebody else, is not there', async () => {
  open('/replay/other');
  await screen.findByText('No such replay');
});
