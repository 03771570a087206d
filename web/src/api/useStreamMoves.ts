import { useEffect, useEffectEvent } from 'react';

import { liveSocket } from './client';

/** Calls `onMove` with each media server that whoever publishes or watches the stream there is to leave. */
export function useStreamMoves(streamId: string | null, onMove: (workerId: string) => void): void {
  const move = useEffectEvent(onMove);
  useEffect(() => {
    if (streamId === null) return;
    return liveSocket.watchStream(streamId, () => undefined, { onMove: (workerId) => move(workerId) });
  }, [streamId]);
}
