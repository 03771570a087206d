import { describe, expect, test } from 'vitest';

import { reduceBroadcast, type Broadcast, type BroadcastEvent } from '@/features/studio/broadcast';

import { streamWith } from '../support/stream';

const stream = streamWith();

function after(...events: BroadcastEvent[]): Broadcast {
  return events.reduce(reduceBroadcast, { phase: 'checking' });
}

const onAir: BroadcastEvent[] = [
  { type: 'found', stream: null },
  { type: 'starting' },
  { type: 'granted', stream },
  { type: 'published', state: { status: 'live' } },
];

describe('a broadcast', () => {
  test('goes on air', () => {
    expect(after(...onAir)).toEqual({ phase: 'on-air', stream, publish: { status: 'live' } });
  });

  test('that is open already can be continued', () => {
    expect(after({ type: 'found', stream })).toEqual({ phase: 'elsewhere', stream, wasTakenOver: false });
  });

  test('that is taken over says so', () => {
    const state = after(...onAir, { type: 'published', state: { status: 'taken-over' } });
    expect(state).toEqual({ phase: 'elsewhere', stream, wasTakenOver: true });
  });

  test('counts its viewers, and remembers the most', () => {
    const news = (viewerCount: number): BroadcastEvent => ({
      type: 'news',
      news: { streamId: 's1', status: 'live', mediaState: 'live', viewerCount, endedReason: null },
    });
    expect(after(...onAir, news(9), news(4))).toMatchObject({ stream: { viewerCount: 4, peakViewers: 9 } });
  });

  test('is over when the platform says so', () => {
    const news = { streamId: 's1', status: 'ended', mediaState: 'ended', viewerCount: 0, endedReason: 'publisher_lost' };
    expect(after(...onAir, { type: 'news', news })).toMatchObject({
      phase: 'ended',
      stream: { status: 'ended', endedReason: 'publisher_lost' },
    });
  });

  test('hears nothing of other streams', () => {
    const news = { streamId: 'other', status: 'ended', mediaState: 'ended', viewerCount: 0, endedReason: null };
    expect(after(...onAir, { type: 'news', news })).toEqual(after(...onAir));
  });

  test('that could not be ended goes on', () => {
    expect(after(...onAir, { type: 'ending' }, { type: 'end-failed' })).toEqual(after(...onAir));
    const elsewhere: BroadcastEvent = { type: 'found', stream };
    expect(after(elsewhere, { type: 'ending' }, { type: 'end-failed' })).toEqual(after(elsewhere));
  });

  test('that has ended takes no more news of its publisher', () => {
    const ended = after(...onAir, { type: 'ending' }, { type: 'ended', stream });
    expect(reduceBroadcast(ended, { type: 'published', state: { status: 'stopped' } })).toBe(ended);
  });
});
