import { useCallback } from 'react';

import { clearQueue } from '@/api/library/clear-queue';
import { getQueue } from '@/api/library/get-queue';
import { orderQueue } from '@/api/library/order-queue';
import { queueTrack } from '@/api/library/queue-track';
import type { QueueEntry } from '@/api/library/types';
import { unqueue } from '@/api/library/unqueue';
import { ApiError } from '@/lib/http';

import { movedEntry } from './moved-entry';
import { usePolled, type Polled } from './usePolled';

/** A mix takes entries away as it plays them. */
const POLL_MS = 15_000;

export interface Queue {
  state: Polled<QueueEntry[]>;
  refresh: () => void;
  add: (trackId: string) => Promise<void>;
  move: (from: number, to: number) => Promise<void>;
  remove: (entryId: string) => Promise<void>;
  clear: () => Promise<void>;
}

/** What Auto-DJ plays next. Its methods show at once what they ask for, and reject with ApiError when it is refused. */
export function useQueue(): Queue {
  const [state, refresh, become] = usePolled(getQueue, POLL_MS);
  const entries = state.status === 'ready' ? state.value : [];
  const attempt = async (foreseen: QueueEntry[], request: () => Promise<void>): Promise<void> => {
    become(foreseen);
    try {
      await request();
    } catch (error) {
      if (error instanceof ApiError && error.code === 'QUEUE_CHANGED') return;
      throw error;
    } finally {
      refresh();
    }
  };
  return {
    state,
    refresh,
    add: useCallback(
      async (trackId: string) => {
        await queueTrack(trackId);
        refresh();
      },
      [refresh],
    ),
    move: (from, to) => {
      const moved = movedEntry(entries, from, to);
      return attempt(moved, () => orderQueue(moved.map(({ id }) => id)));
    },
    remove: (entryId) =>
      attempt(
        entries.filter(({ id }) => id !== entryId),
        () => unqueue(entryId),
      ),
    clear: () => attempt([], clearQueue),
  };
}
