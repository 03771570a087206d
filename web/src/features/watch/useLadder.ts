import { useRef, useState } from 'react';

import type { WatchGrant } from '@/api/types';
import { qualityId, type Quality } from '@/lib/hls';
import { variantsOf } from '@/lib/player/playlist';

/** The sizes a stream is there in by HLS, for who watches it in another way; asked for when somebody wants to choose. */
export function useLadder(grant: WatchGrant | null): { ladder: Quality[]; look: () => void } {
  const [found, setFound] = useState<{ of: WatchGrant; ladder: Quality[] } | null>(null);
  const asked = useRef<AbortController | null>(null);
  const look = (): void => {
    if (grant === null) return;
    asked.current?.abort();
    const asking = new AbortController();
    asked.current = asking;
    readLadder(grant, asking.signal).then(
      (ladder) => setFound({ of: grant, ladder }),
      // Without an answer there is nothing to choose from.
      () => undefined,
    );
  };
  return { ladder: found !== null && found.of === grant ? found.ladder : [], look };
}

async function readLadder({ hlsUrl, token }: WatchGrant, signal: AbortSignal): Promise<Quality[]> {
  const response = await fetch(hlsUrl, { headers: { Authorization: `Bearer ${token}` }, signal });
  if (!response.ok) return [];
  return variantsOf(await response.text())
    .filter(({ height }) => height > 0)
    .map(({ width, height, bitrateBps }) => ({ id: qualityId(height, bitrateBps), width, height, bitrateBps, fps: 0 }))
    .sort((a, b) => a.height - b.height || a.bitrateBps - b.bitrateBps);
}
