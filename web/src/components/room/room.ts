import type { Joined } from '@/api/join-stream';
import type { Stream } from '@/api/types';
import { ApiError } from '@/lib/http';
import type { StreamNews } from '@/lib/socket';

/** Where a viewer stands with the platform. */
export type Room =
  | { status: 'joining' }
  | { status: 'joined'; joined: Joined }
  /** `stream` is null when the platform no longer tells about it. */
  | { status: 'ended'; stream: Stream | null }
  /** It is announced, and has not begun. */
  | { status: 'announced'; stream: Stream }
  | { status: 'not-found' }
  /** `isPassing`: the same request may well be answered soon, and is sent again by itself. */
  | { status: 'failed'; message: string; isPassing: boolean; retryAfterS: number | null };

/** What a refused join means. */
export function refusedRoom(error: unknown): Room {
  if (!(error instanceof ApiError)) throw error;
  // An address that is no stream id at all is refused as malformed.
  if ([400, 404, 422].includes(error.status)) return { status: 'not-found' };
  const isPassing = error.isUnreachable || error.status === 429 || error.status >= 500;
  return { status: 'failed', message: error.message, isPassing, retryAfterS: error.retryAfterS };
}

export function withNews(room: Room, news: StreamNews, now: Date): Room {
  if (room.status !== 'joined' || room.joined.stream.id !== news.streamId) return room;
  const stream: Stream = {
    ...room.joined.stream,
    viewerCount: news.viewerCount,
    mediaState: news.mediaState as Stream['mediaState'],
    endedReason: news.endedReason,
  };
  if (news.status === 'ended') {
    return { status: 'ended', stream: { ...stream, status: 'ended', endTime: now.toISOString() } };
  }
  return { status: 'joined', joined: { ...room.joined, stream } };
}

/**
 * Where to watch from now on, by the grant that `fresh` is, after the media server `left` was: who is sent the stream
 * by another one over WebRTC stays there, and finds LL-HLS where it is now.
 */
export function moved(before: Joined, fresh: Joined, left: string): Joined {
  if (before.watch.workerId === left) return fresh;
  const { hlsUrl, originId } = fresh.watch;
  return { ...before, watch: { ...before.watch, hlsUrl, originId } };
}
