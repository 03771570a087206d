import { describe, expect, test } from 'vitest';

import type { IngestProtocol, MediaState } from '@/api/types';
import { reduceEncoder, type EncoderState } from '@/features/encoder/encoder-stream';

import { streamWith } from '../../support/stream';

const at = new Date('2026-01-01T21:00:00Z');
const asking: EncoderState = { phase: 'asking' };

function found(ingest: IngestProtocol | null, mediaState: MediaState = 'live', before: EncoderState = asking) {
  return reduceEncoder(before, { type: 'found', stream: streamWith({ ingest, mediaState }), at });
}

describe('a stream that is open', () => {
  test.each([
    ['rtmp', 'live', 'on-air'],
    ['srt', 'interrupted', 'on-air'],
    // The encoder is away for a moment.
    [null, 'interrupted', 'on-air'],
    ['whip', 'live', 'elsewhere'],
    ['mix', 'live', 'elsewhere'],
    // A browser was granted it, and has sent nothing yet.
    [null, 'waiting', 'elsewhere'],
  ] as const)('and comes by %s, %s, is %s', (ingest, mediaState, phase) => {
    expect(found(ingest, mediaState).phase).toBe(phase);
  });

  test('stays the encoder’s while it tells of no way in', () => {
    expect(found(null, 'waiting', found('rtmp')).phase).toBe('on-air');
  });

  test('is waited for while there is none, or it is only announced', () => {
    expect(reduceEncoder(asking, { type: 'found', stream: null, at })).toEqual({ phase: 'waiting', last: null });
    const stream = streamWith({ status: 'scheduled', mediaState: 'waiting', ingest: null });
    expect(reduceEncoder(asking, { type: 'found', stream, at }).phase).toBe('waiting');
  });
});

describe('the end', () => {
  const news = { streamId: 's1', status: 'ended', mediaState: 'ended', viewerCount: 0, endedReason: 'ended' };

  test('is told, with what it was', () => {
    const state = reduceEncoder(found('rtmp'), { type: 'news', news, at });
    expect(state).toMatchObject({ phase: 'waiting', last: { status: 'ended', endTime: at.toISOString() } });
    expect(reduceEncoder(state, { type: 'forget' })).toEqual({ phase: 'waiting', last: null });
  });

  test('is noticed when no news of it came, and stays told while nothing else begins', () => {
    const state = reduceEncoder(found('rtmp'), { type: 'found', stream: null, at });
    expect(state).toMatchObject({ phase: 'waiting', last: { id: 's1' } });
    expect(reduceEncoder(state, { type: 'found', stream: null, at })).toBe(state);
  });

  test('of another stream changes nothing', () => {
    const state = found('rtmp');
    expect(reduceEncoder(state, { type: 'news', news: { ...news, streamId: 'other' }, at })).toBe(state);
  });
});

test('a platform that does not answer is only said while nothing is known', () => {
  expect(reduceEncoder(asking, { type: 'failed', message: 'no' })).toEqual({ phase: 'unknown', message: 'no' });
  const state = found('rtmp');
  expect(reduceEncoder(state, { type: 'failed', message: 'no' })).toBe(state);
});

test('viewers are counted as they come, and the most of them kept', () => {
  const news = { streamId: 's1', status: 'live', mediaState: 'live', viewerCount: 9, endedReason: null };
  const more = reduceEncoder(found('rtmp'), { type: 'news', news, at });
  const less = reduceEncoder(more, { type: 'news', news: { ...news, viewerCount: 3 }, at });
  expect(less).toMatchObject({ stream: { viewerCount: 3, peakViewers: 9 } });
});
