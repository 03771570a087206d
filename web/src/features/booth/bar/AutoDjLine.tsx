import { useEffect, useState } from 'react';

import { getQueue } from '@/api/library/get-queue';
import type { QueueEntry } from '@/api/library/types';
import { ApiError } from '@/lib/http';
import { useDesk } from '@/lib/mix/desk-port';

import styles from './AutoDjLine.module.css';

/** While Auto-DJ plays: what it plays next. */
export function AutoDjLine() {
  const isOn = useDesk((desk) => desk.autoDj.on) ?? false;
  return isOn ? <Next /> : null;
}

function Next() {
  const entryId = useDesk((desk) => desk.autoDj.nextEntryId) ?? null;
  const queue = useQueueNow(entryId);
  if (queue === null) return null;
  // Before the next one is on its way to a deck it is the first of the queue.
  const next = queue.find(({ id }) => id === entryId) ?? queue[0];
  return (
    <p className={styles.line} role="status" data-testid="auto-dj-next">
      <b>Auto-DJ</b>
      {next === undefined ? (
        <span>The queue is empty: what was played longest ago comes again.</span>
      ) : (
        <span>
          next: {next.track.title}
          {next.track.artist !== '' && ` · ${next.track.artist}`}
        </span>
      )}
    </p>
  );
}

const POLL_MS = 15_000;

/** The queue, read again when the next entry is another one and now and then; null before the first answer. */
function useQueueNow(entryId: string | null): QueueEntry[] | null {
  const [queue, setQueue] = useState<QueueEntry[] | null>(null);
  useEffect(() => {
    const stopping = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const entries = await getQueue(stopping.signal);
        if (!stopping.signal.aborted) setQueue(entries);
      } catch (error) {
        // What is known stays until the next time.
        if (!(error instanceof ApiError) && !stopping.signal.aborted) throw error;
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), POLL_MS);
    return () => {
      stopping.abort();
      clearInterval(timer);
    };
  }, [entryId]);
  return queue;
}
