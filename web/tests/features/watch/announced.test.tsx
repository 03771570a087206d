// @vitest-environment happy-dom
import { act, cleanup, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';

import WatchPage from '@/features/watch/WatchPage';
import type { StreamNews } from '@/lib/socket';

import { openPage } from '../../support/page';
import { Platform, Refusal } from '../../support/platform';
import { streamWith } from '../../support/stream';

const news = vi.hoisted((): { say: (news: StreamNews) => void } => ({ say: () => undefined }));

vi.mock('@/lib/socket', () => ({
  LiveSocket: class {
    watchStream(_id: string, onNews: (news: StreamNews) => void) {
      news.say = onNews;
      return () => undefined;
    }
    watchChat = () => () => undefined;
  },
}));
vi.mock('@/lib/player/playback', () => {
  const playback = () => ({
    read: () => Promise.resolve(null),
    isFlowing: () => true,
    reconnect: () => undefined,
    qualities: () => [],
    choose: () => undefined,
    stop: () => undefined,
  });
  return { playWebRtc: playback, playByHls: playback, playRewound: playback };
});

// What a page says as it goes still needs the platform of its test.
afterEach(cleanup);

test('an announced stream counts down at its address, and turns into the player by itself', async () => {
  const scheduledFor = new Date(Date.now() + 3_700_000).toISOString();
  const announced = streamWith({ status: 'scheduled', mediaState: 'waiting', scheduledFor, ingest: null });
  const platform = new Platform()
    .on('POST /stream/s1/join', () => new Refusal(409, 'STREAM_NOT_BEGUN', 'It has not begun.'))
    .on('GET /stream/s1', () => ({ stream: announced }));
  openPage(platform, '/watch/s1', { '/watch/:id': <WatchPage /> }, 'viewer');
  const cover = await screen.findByRole('timer');
  expect(cover.textContent).toMatch(/^01hours01minutes/);
  expect(screen.queryByTestId('player')).toBeNull();

  const watch = { whepUrl: 'http://m.test/whep/s1', hlsUrl: 'http://m.test/hls/s1/index.m3u8', token: 't', iceServers: [] };
  platform.on('POST /stream/s1/join', () => ({ stream: streamWith(), viewerId: 'v', watch }));
  act(() => news.say({ streamId: 's1', status: 'live', mediaState: 'live', viewerCount: 0, endedReason: null }));
  await screen.findByTestId('player');
  expect(screen.queryByRole('timer')).toBeNull();
});
