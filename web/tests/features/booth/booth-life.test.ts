import { describe, expect, test } from 'vitest';

import type { Entered } from '@/api/mix/types';
import { reduceBooth, type BoothLife } from '@/features/booth/booth-life';

import { streamWith } from '../../support/stream';

const grant = { workerId: 'w', token: 't', expiresAt: '2026-01-01T00:00:00Z', iceServers: [] };
const entered: Entered = {
  mix: {
    id: 'm1',
    streamId: 's1',
    deckCount: 2,
    onAir: false,
    leadId: 'u1',
    members: [{ userId: 'u1', username: 'osk', isLead: true }],
    state: 'running',
    openedAt: '2026-01-01T20:00:00Z',
  },
  stream: streamWith({ status: 'scheduled', mediaState: 'waiting' }),
  monitor: { ...grant, whepUrl: 'http://media/whep/s1' },
  talk: { ...grant, whipUrl: 'http://media/whip/s1' },
};
const inside: BoothLife = { phase: 'in', entered };

describe('a booth', () => {
  test('goes on air with its stream', () => {
    const next = reduceBooth(inside, { type: 'stream', stream: streamWith() });
    expect(next).toMatchObject({ phase: 'in', entered: { mix: { onAir: true }, stream: { status: 'live' } } });
  });

  test('is left when its stream ends, whoever ended it', () => {
    const ended = streamWith({ status: 'ended' });
    expect(reduceBooth(inside, { type: 'stream', stream: ended })).toMatchObject({ phase: 'left', why: 'ended' });
    const news = { streamId: 's1', status: 'ended', mediaState: 'ended', viewerCount: 0, endedReason: 'ended' };
    expect(reduceBooth(inside, { type: 'news', news })).toMatchObject({ phase: 'left', why: 'ended' });
  });

  test('says why one is out of it', () => {
    for (const why of ['removed', 'closed', 'by-choice'] as const) {
      expect(reduceBooth(inside, { type: 'left', why })).toMatchObject({ phase: 'left', why, stream: { id: 's1' } });
    }
  });

  test('does not mind news of another stream', () => {
    const news = { streamId: 's2', status: 'ended', mediaState: 'ended', viewerCount: 0, endedReason: 'ended' };
    expect(reduceBooth(inside, { type: 'news', news })).toEqual(inside);
  });

  test('counts the most viewers there were', () => {
    const news = { streamId: 's1', status: 'live', mediaState: 'live', viewerCount: 9, endedReason: null };
    const next = reduceBooth(inside, { type: 'news', news });
    expect(next).toMatchObject({ entered: { stream: { viewerCount: 9, peakViewers: 9, mediaState: 'live' } } });
  });

  test('has a new lead after a hand-over, and goes on', () => {
    const mix = { ...entered.mix, leadId: 'u2' };
    expect(reduceBooth(inside, { type: 'mix', mix })).toMatchObject({ phase: 'in', entered: { mix: { leadId: 'u2' } } });
  });

  test('that is not entered hears nothing of the mix', () => {
    const none: BoothLife = { phase: 'none', problem: null };
    expect(reduceBooth(none, { type: 'looked', found: entered })).toBe(none);
    expect(reduceBooth(none, { type: 'left', why: 'removed' })).toBe(none);
  });

  test('that cannot be opened says why', () => {
    expect(reduceBooth({ phase: 'opening' }, { type: 'refused', message: 'No mixer is free.' })).toEqual({
      phase: 'none',
      problem: 'No mixer is free.',
    });
  });
});
