import { describe, expect, test } from 'vitest';

import type { Transport } from '@/components/player/useTransport';
import { moved, refusedRoom, withNews, type Room } from '@/components/room/room';
import { watchState } from '@/features/watch/watch-state';
import { ApiError } from '@/lib/http';

import { streamWith } from '../support/stream';

const watch = { workerId: 'w', originId: 'w', whepUrl: '', hlsUrl: '', token: '', iceServers: [] };

function joined(changes = {}): Room {
  return { status: 'joined', joined: { stream: streamWith(changes), viewerId: 'v', watch } };
}

function transport(status: Transport['status']): Transport {
  return { kind: 'webrtc', status };
}

describe('a viewer is shown', () => {
  test.each([
    ['waiting', 'idle', 'waiting'],
    ['live', 'idle', 'connecting'],
    ['live', 'connecting', 'connecting'],
    ['live', 'playing', 'live'],
    ['live', 'reconnecting', 'reconnecting'],
    ['live', 'failed', 'error'],
    ['interrupted', 'playing', 'interrupted'],
    ['interrupted', 'reconnecting', 'interrupted'],
    // The picture is there before the news of it.
    ['waiting', 'playing', 'live'],
  ] as const)('of a stream that is %s, with a transport %s: %s', (mediaState, status, shown) => {
    expect(watchState(joined({ mediaState }), transport(status))).toBe(shown);
  });

  test('the end, whatever the transport does', () => {
    expect(watchState({ status: 'ended', stream: null }, transport('playing'))).toBe('ended');
  });
});

test('who looks at what was is not shown that nothing comes now', () => {
  expect(watchState(joined({ mediaState: 'interrupted' }), { kind: 'rewind', status: 'playing' })).toBe('live');
  expect(watchState(joined({ mediaState: 'interrupted' }), { kind: 'rewind', status: 'connecting' })).toBe('interrupted');
});

test('a stream that has not begun is announced, whatever the transport does', () => {
  const stream = streamWith({ status: 'scheduled', mediaState: 'waiting' });
  expect(watchState({ status: 'announced', stream }, transport('idle'))).toBe('announced');
});

test.each([
  [404, 'not-found'],
  [422, 'not-found'],
  [403, 'failed'],
  [503, 'failed'],
])('a join refused with %d leads to %s', (status, room) => {
  expect(refusedRoom(new ApiError(status, 'X', 'why')).status).toBe(room);
});

test.each([
  [0, true],
  [429, true],
  [503, true],
  [403, false],
])('a join refused with %d is tried again by itself: %s', (status, isPassing) => {
  expect(refusedRoom(new ApiError(status, 'X', 'why', { retryAfterS: 2 }))).toMatchObject({ isPassing, retryAfterS: 2 });
});

test('a bug is not taken for a refusal', () => {
  expect(() => refusedRoom(new TypeError('bug'))).toThrow('bug');
});

describe('news', () => {
  const news = { streamId: 's1', status: 'live', mediaState: 'interrupted', viewerCount: 7, endedReason: null };

  test('of this stream are taken in', () => {
    const room = withNews(joined(), news, new Date());
    expect(room).toMatchObject({ joined: { stream: { mediaState: 'interrupted', viewerCount: 7 } } });
  });

  test('keep the grant as it is, so that playback goes on', () => {
    const before = joined();
    const room = withNews(before, news, new Date());
    expect(room.status === 'joined' && before.status === 'joined' && room.joined.watch === before.joined.watch).toBe(true);
  });

  test('of the end name its time and its reason', () => {
    const end = { ...news, status: 'ended', endedReason: 'publisher_lost' };
    expect(withNews(joined(), end, new Date('2026-01-01T21:00:00Z'))).toMatchObject({
      status: 'ended',
      stream: { endTime: '2026-01-01T21:00:00.000Z', endedReason: 'publisher_lost' },
    });
  });

  test('of another stream are not for us', () => {
    const room = joined();
    expect(withNews(room, { ...news, streamId: 'other' }, new Date())).toBe(room);
  });
});

describe('who is to leave a media server', () => {
  const before = { stream: streamWith(), viewerId: 'old', watch: { ...watch, workerId: 'a', originId: 'b' } };
  const fresh = {
    stream: streamWith(),
    viewerId: 'new',
    watch: { ...watch, workerId: 'c', originId: 'd', whepUrl: 'http://c/whep', hlsUrl: 'http://d/hls', token: 'new' },
  };

  test('goes where the new grant says', () => {
    expect(moved(before, fresh, 'a')).toBe(fresh);
  });

  test('stays where it watches when LL-HLS alone is elsewhere now', () => {
    const after = moved(before, fresh, 'b');
    expect(after.viewerId).toBe('old');
    expect(after.watch).toEqual({ ...before.watch, originId: 'd', hlsUrl: 'http://d/hls' });
  });
});
