import type { Stream } from '@/api/types';
import type { StreamNews } from '@/lib/socket';

/** Where a creator with an encoder stands. */
export type EncoderState =
  | { phase: 'asking' }
  | { phase: 'unknown'; message: string }
  /** Nothing is on; `last` is what has just ended. */
  | { phase: 'waiting'; last: Stream | null }
  | { phase: 'on-air'; stream: Stream }
  /** A stream of ours is open, and comes from a browser. */
  | { phase: 'elsewhere'; stream: Stream };

export type EncoderEvent =
  | { type: 'found'; stream: Stream | null; at: Date }
  | { type: 'failed'; message: string }
  | { type: 'news'; news: StreamNews; at: Date }
  | { type: 'forget' };

export function reduceEncoder(state: EncoderState, event: EncoderEvent): EncoderState {
  switch (event.type) {
    case 'found':
      return found(state, event.stream, event.at);
    case 'failed':
      // What is known serves people better than nothing.
      return state.phase === 'asking' || state.phase === 'unknown'
        ? { phase: 'unknown', message: event.message }
        : state;
    case 'news':
      return withNews(state, event.news, event.at);
    case 'forget':
      return state.phase === 'waiting' ? { phase: 'waiting', last: null } : state;
  }
}

function found(state: EncoderState, stream: Stream | null, at: Date): EncoderState {
  if (stream?.status !== 'live') {
    if (state.phase === 'waiting') return state;
    // It ended, and the news of it did not come.
    return { phase: 'waiting', last: state.phase === 'on-air' ? asEnded(state.stream, at) : null };
  }
  const isKnown = state.phase === 'on-air' && state.stream.id === stream.id;
  return isKnown || isOfEncoder(stream) ? { phase: 'on-air', stream } : { phase: 'elsewhere', stream };
}

function asEnded(stream: Stream, at: Date): Stream {
  return { ...stream, status: 'ended', endTime: stream.endTime ?? at.toISOString() };
}

/** A stream whose encoder is away for a moment tells of no way in; one that never had any waits for a browser. */
function isOfEncoder({ ingest, mediaState }: Stream): boolean {
  if (ingest === null) return mediaState === 'interrupted';
  return ingest !== 'whip' && ingest !== 'mix';
}

function withNews(state: EncoderState, news: StreamNews, at: Date): EncoderState {
  if ((state.phase !== 'on-air' && state.phase !== 'elsewhere') || state.stream.id !== news.streamId) return state;
  const stream: Stream = {
    ...state.stream,
    viewerCount: news.viewerCount,
    peakViewers: Math.max(state.stream.peakViewers, news.viewerCount),
    mediaState: news.mediaState as Stream['mediaState'],
    endedReason: news.endedReason,
  };
  if (news.status !== 'ended') return { ...state, stream };
  return { phase: 'waiting', last: state.phase === 'on-air' ? asEnded(stream, at) : null };
}
