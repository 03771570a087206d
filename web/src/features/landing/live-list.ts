import type { Stream, StreamPage } from '@/api/types';

/** The list of what is live, as it is known at this moment. */
export type LiveList =
  | { status: 'loading' }
  | { status: 'failed'; message: string }
  /** `isStale`: the last attempt to renew it failed. */
  | { status: 'ready'; streams: Stream[]; total: number; isStale: boolean };

export type LiveListEvent =
  | { type: 'reset' }
  | { type: 'arrived'; page: StreamPage }
  | { type: 'failed'; message: string };

export function reduceLiveList(state: LiveList, event: LiveListEvent): LiveList {
  switch (event.type) {
    case 'reset':
      return { status: 'loading' };
    case 'arrived':
      return { status: 'ready', streams: event.page.streams, total: event.page.total, isStale: false };
    case 'failed':
      // An old list serves people better than none.
      return state.status === 'ready' ? { ...state, isStale: true } : { status: 'failed', message: event.message };
  }
}
