import { useEffect, useEffectEvent } from 'react';

import { liveSocket } from '@/api/client';
import { getTrack } from '@/api/library/get-track';
import type { Track } from '@/api/library/types';
import { ApiError } from '@/lib/http';

/** How often tracks in work are asked after while the socket is silent, and while it is not: it may have missed one. */
const POLL_MS = 4000;
const SAFETY_MS = 20_000;

interface Listener {
  /** Those whose state will change by itself. */
  inWork: readonly string[];
  onTrack: (track: Track) => void;
  onGone: (trackId: string) => void;
}

/** Tells of each change of one's own tracks, over Socket.IO, or by asking while that does not get through. */
export function useLibraryNews({ inWork, onTrack, onGone }: Listener): void {
  const hear = useEffectEvent(onTrack);
  const gone = useEffectEvent(onGone);
  const waiting = useEffectEvent(() => inWork);
  useEffect(() => {
    const stopping = new AbortController();
    const ask = async (trackId: string): Promise<void> => {
      try {
        hear(await getTrack(trackId, stopping.signal));
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        // Any other failure is followed by the next poll.
        if (error.status === 404) gone(trackId);
      }
    };
    let timer: ReturnType<typeof setInterval> | undefined;
    const pollEvery = (ms: number): void => {
      clearInterval(timer);
      timer = setInterval(() => {
        for (const trackId of waiting().slice(0, 20)) void ask(trackId);
      }, ms);
    };
    pollEvery(POLL_MS);
    const stop = liveSocket.watchLibrary(({ trackId }) => void ask(trackId), {
      onFlowing: (isFlowing) => pollEvery(isFlowing ? SAFETY_MS : POLL_MS),
    });
    return () => {
      stopping.abort();
      clearInterval(timer);
      stop();
    };
  }, []);
}
