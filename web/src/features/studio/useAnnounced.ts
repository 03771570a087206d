import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';

import { getStream } from '@/api/get-stream';
import type { Stream } from '@/api/types';
import { ApiError } from '@/lib/http';

export interface Announced {
  /** The announced stream of one's own that the address names, while it has not begun. */
  stream: Stream | null;
  isLoading: boolean;
}

/** What `?stream=` asks to begin. One that cannot be begun is not spoken of: a new stream can. */
export function useAnnounced(userId: string | null): Announced {
  const [query] = useSearchParams();
  const wanted = query.get('stream');
  const [found, setFound] = useState<{ of: string; stream: Stream | null } | null>(null);
  useEffect(() => {
    if (wanted === null) return;
    const stopping = new AbortController();
    getStream(wanted, stopping.signal).then(
      (stream) => setFound({ of: wanted, stream }),
      (error: unknown) => {
        if (stopping.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setFound({ of: wanted, stream: null });
      },
    );
    return () => stopping.abort();
  }, [wanted]);
  if (wanted === null || found?.of !== wanted) return { stream: null, isLoading: wanted !== null };
  const isOwn = found.stream?.status === 'scheduled' && found.stream.creatorId === userId;
  return { stream: isOwn ? found.stream : null, isLoading: false };
}
