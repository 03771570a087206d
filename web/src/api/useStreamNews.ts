import { useEffect, useEffectEvent } from 'react';

import type { StreamNews } from '@/lib/socket';

import { liveSocket } from './client';
import { getStream } from './get-stream';

const POLL_MS = 5000;

/** Calls `onNews` with each change of a stream, over Socket.IO, or by asking while that does not get through. */
export function useStreamNews(streamId: string | null, onNews: (news: StreamNews) => void): void {
  const hear = useEffectEvent(onNews);
  useEffect(() => {
    if (streamId === null) return;
    const stopping = new AbortController();
    const ask = async (): Promise<void> => {
      const stream = await getStream(streamId, stopping.signal);
      hear({ ...stream, streamId });
    };
    let timer: ReturnType<typeof setInterval> | undefined;
    const poll = (isNeeded: boolean): void => {
      clearInterval(timer);
      // A failed poll is followed by the next one.
      if (isNeeded) timer = setInterval(() => void ask().catch(() => undefined), POLL_MS);
    };
    poll(true);
    const stop = liveSocket.watchStream(streamId, hear, { onFlowing: (isFlowing) => poll(!isFlowing) });
    return () => {
      stopping.abort();
      poll(false);
      stop();
    };
  }, [streamId]);
}
