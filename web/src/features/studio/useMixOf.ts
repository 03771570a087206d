import { useEffect, useState } from 'react';

import { findMix } from '@/api/mix/find-mix';
import type { CreatorType } from '@/api/types';
import { ApiError } from '@/lib/http';

/** Whether a stream is that of a booth; null while it is not known. */
export function useMixOf(role: CreatorType, streamId: string): boolean | null {
  const [found, setFound] = useState<{ of: string; isMix: boolean } | null>(null);
  useEffect(() => {
    if (role !== 'dj') return;
    const stopping = new AbortController();
    findMix(stopping.signal).then(
      (open) => setFound({ of: streamId, isMix: open?.mix.streamId === streamId }),
      (error: unknown) => {
        if (stopping.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        // Without an answer it is shown as what it most likely is; the platform refuses what does not fit.
        setFound({ of: streamId, isMix: false });
      },
    );
    return () => stopping.abort();
  }, [role, streamId]);
  if (role !== 'dj') return false;
  return found?.of === streamId ? found.isMix : null;
}
