// @vitest-environment happy-dom
import { act, cleanup, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { LivePreview } from '@/features/encoder/LivePreview';
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
      if (onMove) told.move = onMove;
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
// What a page says as it goes still needs the platform of its test.
afterEach(cleanup);

function grant(workerId: string, originId: string): WatchGrant {
  const whepUrl = `http://${workerId}.test/whep/s1`;
  return { workerId, originId, whepUrl, hlsUrl: `http://${originId}.test/hls`, token: 't', iceServers: [] };
}

const pages = [
  { page: 'the watch page', element: <WatchPage />, video: 'player' },
  { page: 'the preview of an encoder', element: <LivePreview stream={streamWith()} />, video: 'preview' },
];

async function watching(element: ReactNode, workerId: string, originId: string): Promise<Platform> {
  const platform = new Platform()
    .on('POST /stream/s1/join', () => ({ stream: streamWith(), viewerId: 'v1', watch: grant(workerId, originId) }))
    .on('POST /stream/s1/leave', () => ({}));
  openPage(platform, '/watch/s1', { '/watch/:id': element });
  await vi.waitFor(() => expect(told.played).toEqual([`http://${workerId}.test/whep/s1`]));
  return platform;
}

test.each(pages)('who watches on $page at a server that goes watches at another, when there is one', async ({ element, video }) => {
  const platform = await watching(element, 'a', 'a');
  const answers = [new Refusal(503, 'NO_MEDIA_WORKER', 'later'), null];
  platform.on('POST /stream/s1/join', () => {
    return answers.shift() ?? { stream: streamWith(), viewerId: 'v2', watch: grant('b', 'b') };
  });
  act(() => told.move('a'));
  await vi.waitFor(() => expect(told.played.at(-1)).toBe('http://b.test/whep/s1'), { timeout: 5000 });
  expect(screen.queryByTestId(video)).not.toBeNull();
});

test.each(pages)('who watches on $page elsewhere is not disturbed', async ({ element }) => {
  const platform = await watching(element, 'b', 'a');
  const joins = vi.fn(() => ({ stream: streamWith(), viewerId: 'v2', watch: grant('c', 'c') }));
  platform.on('POST /stream/s1/join', joins);
  act(() => told.move('other'));
  act(() => told.move('a'));
  await vi.waitFor(() => expect(joins).toHaveBeenCalledTimes(1), { timeout: 5000 });
  await act(() => Promise.resolve());
  expect(told.played).toEqual(['http://b.test/whep/s1']);
});
