import type { Stream } from '@/api/types';
import type { StreamNews } from '@/lib/socket';
import type { PublishState } from '@/lib/whip';

/** Where a creator stands between opening the studio and having ended a stream. */
export type Broadcast =
  /** Asking whether a stream of ours is open. */
  | { phase: 'checking' }
  | { phase: 'unknown'; message: string }
  | { phase: 'ready' }
  | { phase: 'starting' }
  /** A stream of ours is open, but not from here. */
  | { phase: 'elsewhere'; stream: Stream; wasTakenOver: boolean }
  | { phase: 'on-air'; stream: Stream; publish: PublishState }
  /** Being ended; `publish` is null when it was not on air from here. */
  | { phase: 'ending'; stream: Stream; publish: PublishState | null }
  | { phase: 'ended'; stream: Stream };

export type BroadcastEvent =
  | { type: 'checking' }
  | { type: 'found'; stream: Stream | null }
  | { type: 'check-failed'; message: string }
  | { type: 'starting' }
  | { type: 'refused' }
  | { type: 'granted'; stream: Stream }
  | { type: 'published'; state: PublishState }
  | { type: 'news'; news: StreamNews }
  | { type: 'ending' }
  | { type: 'end-failed' }
  | { type: 'ended'; stream: Stream }
  | { type: 'again' };

export function reduceBroadcast(state: Broadcast, event: BroadcastEvent): Broadcast {
  switch (event.type) {
    case 'checking':
      return { phase: 'checking' };
    case 'found':
      return event.stream === null
        ? { phase: 'ready' }
        : { phase: 'elsewhere', stream: event.stream, wasTakenOver: false };
    case 'check-failed':
      return { phase: 'unknown', message: event.message };
    case 'starting':
      return { phase: 'starting' };
    case 'refused':
      return { phase: 'ready' };
    case 'granted':
      return { phase: 'on-air', stream: event.stream, publish: { status: 'connecting' } };
    case 'published':
      return published(state, event.state);
    case 'news':
      return withNews(state, event.news);
    case 'ending':
      return ending(state);
    case 'end-failed':
      return endFailed(state);
    case 'ended':
      return { phase: 'ended', stream: event.stream };
    case 'again':
      return { phase: 'ready' };
  }
}

function ending(state: Broadcast): Broadcast {
  if (state.phase === 'on-air') return { ...state, phase: 'ending' };
  return state.phase === 'elsewhere' ? { phase: 'ending', stream: state.stream, publish: null } : state;
}

/** What could not be ended goes on. */
function endFailed(state: Broadcast): Broadcast {
  if (state.phase !== 'ending') return state;
  const { stream, publish } = state;
  return publish === null ? { phase: 'elsewhere', stream, wasTakenOver: false } : { phase: 'on-air', stream, publish };
}

function published(state: Broadcast, publish: PublishState): Broadcast {
  if (state.phase === 'ending') return { ...state, publish };
  if (state.phase !== 'on-air') return state;
  if (publish.status === 'taken-over') return { phase: 'elsewhere', stream: state.stream, wasTakenOver: true };
  if (publish.status === 'ended') return { phase: 'ended', stream: asEnded(state.stream) };
  return { ...state, publish };
}

function withNews(state: Broadcast, news: StreamNews): Broadcast {
  if (!('stream' in state) || state.stream.id !== news.streamId || state.phase === 'ended') return state;
  const stream: Stream = {
    ...state.stream,
    viewerCount: news.viewerCount,
    peakViewers: Math.max(state.stream.peakViewers, news.viewerCount),
    mediaState: news.mediaState as Stream['mediaState'],
    endedReason: news.endedReason,
  };
  return news.status === 'ended' ? { phase: 'ended', stream: asEnded(stream) } : { ...state, stream };
}

function asEnded(stream: Stream): Stream {
  return { ...stream, status: 'ended', endTime: stream.endTime ?? new Date().toISOString() };
}
