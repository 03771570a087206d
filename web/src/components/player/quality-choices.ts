import { formatBitrate } from '@/lib/format';
import type { Quality } from '@/lib/player/quality';

import type { Choice } from './PlayerMenu';

/** Stands for "what the network carries", which is no quality. */
export const AUTO = 'auto';

/** The choices of a quality menu, the largest first. */
export function qualityChoices(qualities: readonly Quality[], shownHeight: number): Choice[] {
  const auto: Choice = { id: AUTO, name: shownHeight > 0 ? `Auto (${shownHeight}p)` : 'Auto' };
  return [
    auto,
    ...[...qualities].reverse().map(({ id, height, fps, bitrateBps }) => {
      const rate = fps > 40 ? String(Math.round(fps)) : '';
      return {
        id,
        name: `${height}p${rate}`,
        ...(bitrateBps > 0 && { hint: formatBitrate(bitrateBps) }),
      };
    }),
  ];
}
