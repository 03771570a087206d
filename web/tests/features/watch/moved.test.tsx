// @vitest-environment happy-dom
import { act, cleanup, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import WatchPage from '@/features/watch/WatchPage';
import type { StreamNews, StreamSubscriber } from '@/lib/socket';
import type { WatchGrant } from '@/lib/whep';

import { openPage } from '../../support/page';
import { Platform, Refusal } from '../../support/platform';
import { streamWith } from '../../support/stream';

const told = vi.hoisted((): { move: (workerId: string) => void; played: string[] } => ({
  move: () => undefined,
  played: [],
}));

vi.mock('@/lib/socket', () => ({
  LiveSocket: class {
    watchStream(_id: string, _onNews: (news: StreamNews) => void, { onMove }: StreamSubscriber) {
      told.move = (workerId) => onMove?.(workerId);
      return () => undefined;
    }
    watchChat = () => () => undefined;
  },
}));
vi.mock('@/lib/player/playback', () => {
  const playback = (_video: unknown, grant: WatchGrant) => {
    told.played.push(grant.whepUrl);
    return {
      read: () => Promise.resolve(null),
      isFlowing: () => true,
      reconnect: () => undefined,
      look: () => undefined,
      qualities: () => [],
      choose: () => undefined,
      stop: () => undefined,
    };
  };
  return { playWebRtc: playback, playByHls: playback, playRewound: playback };
});

beforeEach(() => {
  told.played = [];
  vi.stubGlobal('RTCPeerConnection', EventTarget);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function grant(workerId: string, originId: string): WatchGrant {
  const whepUrl = `http://${workerId}.test/whep/s1`;
  return { workerId, originId, whepUrl, hlsUrl: `http://${originId}.test/hls`, token: 't', iceServers: [] };
}

async function watching(workerId: string, originId: string): Promise<Platform> {
  const platform = new Platform()
    .on('POST /stream/s1/join', () => ({ stream: streamWith(), viewerId: 'v1', watch: grant(workerId, originId) }))
    .on('POST /stream/s1/leave', () => ({}));
  openPage(platform, '/watch/s1', { '/watch/:id': <WatchPage /> }, 'viewer');
  await screen.findByTestId('player');
  await vi.waitFor(() => expect(told.played).toEqual([`http://${workerId}.test/whep/s1`]));
  return platform;
}

test('who watches at a media server that goes watches at another one, when there is one', async () => {
  const platform = await watching('a', 'a');
  const answers = [new Refusal(503, 'NO_MEDIA_WORKER', 'later'), null];
  platform.on('POST /stream/s1/join', () => {
    return answers.shift() ?? { stream: streamWith(), viewerId: 'v2', watch: grant('b', 'b') };
  });
  act(() => told.move('a'));
  await vi.waitFor(() => expect(told.played.at(-1)).toBe('http://b.test/whep/s1'), { timeout: 5000 });
  expect(screen.queryByTestId('player')).not.toBeNull();
});

test('who watches elsewhere is not disturbed', async () => {
  const platform = await watching('b', 'a');
  const joins = vi.fn(() => ({ stream: streamWith(), viewerId: 'v2', watch: grant('c', 'c') }));
  platform.on('POST /stream/s1/join', joins);
  act(() => told.move('other'));
  act(() => told.move('a'));
  await vi.waitFor(() => expect(joins).toHaveBeenCalledTimes(1), { timeout: 5000 });
  await act(() => Promise.resolve());
  expect(told.played).toEqual(['http://b.test/whep/s1']);
});
