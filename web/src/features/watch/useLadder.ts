import { useRef, useState } from 'react';

import type { WatchGrant } from '@/api/types';
import { readLadder } from '@/lib/player/ladder';
import type { Quality } from '@/lib/player/quality';

/** The sizes a stream is there in by HLS, for who watches it in another way; asked for when somebody wants to choose. */
export function useLadder(grant: WatchGrant | null): { ladder: Quality[]; look: () => void } {
  const [found, setFound] = useState<{ of: WatchGrant; ladder: Quality[] } | null>(null);
  const asked = useRef<AbortController | null>(null);
  const look = (): void => {
    if (grant === null) return;
    asked.current?.abort();
    const asking = new AbortController();
    asked.current = asking;
    readLadder(grant.hlsUrl, grant.token, asking.signal).then(
      (ladder) => setFound({ of: grant, ladder }),
      // Without an answer there is nothing to choose from.
      () => undefined,
    );
  };
  return { ladder: found !== null && found.of === grant ? found.ladder : [], look };
}
