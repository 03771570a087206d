import { qualityId, type Quality } from './quality';
import { variantsOf } from './playlist';

/** The sizes that a multivariant playlist has now, from small to large; none without an answer. */
export async function readLadder(url: string, token: string | null, signal: AbortSignal): Promise<Quality[]> {
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers, signal });
  if (!response.ok) return [];
  return variantsOf(await response.text())
    .filter(({ height }) => height > 0)
    .map(({ width, height, bitrateBps }) => ({ id: qualityId(height, bitrateBps), width, height, bitrateBps, fps: 0 }))
    .sort(bySize);
}

/** Those of `ladder` in a size that `known` has not, each size once. */
export function newIn(ladder: readonly Quality[], known: readonly Quality[]): Quality[] {
  const heights = new Set(known.map(({ height }) => height));
  return ladder.filter(({ height }) => {
    const isNew = !heights.has(height);
    heights.add(height);
    return isNew;
  });
}

/** Small to large. */
export function bySize(a: Quality, b: Quality): number {
  return a.height - b.height || a.bitrateBps - b.bitrateBps;
}
