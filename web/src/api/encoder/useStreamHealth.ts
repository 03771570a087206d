import { useEffect, useState } from 'react';

import { ApiError } from '@/lib/http';

import { liveSocket } from '../client';

import { getHealth } from './get-health';
import type { StreamHealth } from './types';

/** Recovers what the socket missed. */
const POLL_MS = 10_000;

/** How one's own stream arrives, and goes on to others; null while that is not known. */
export function useStreamHealth(streamId: string | null): StreamHealth | null {
  const [held, setHeld] = useState<{ of: string; health: StreamHealth } | null>(null);
  useEffect(() => {
    if (streamId === null) return;
    const stopping = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const health = await getHealth(streamId, stopping.signal);
        if (!stopping.signal.aborted) setHeld({ of: streamId, health });
      } catch (error) {
        // What was known stands until the next time; the stream itself tells when it is over.
        if (!stopping.signal.aborted && !(error instanceof ApiError)) throw error;
      }
    };
    const unwatch = liveSocket.watchHealth(({ streamId: which, ...health }) => {
      if (which === streamId) setHeld({ of: streamId, health: health as unknown as StreamHealth });
    });
    void ask();
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void ask();
    }, POLL_MS);
    return () => {
      stopping.abort();
      clearInterval(timer);
      unwatch();
    };
  }, [streamId]);
  return held !== null && held.of === streamId ? held.health : null;
}
