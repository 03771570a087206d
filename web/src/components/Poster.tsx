import type { CreatorType } from '@/api/types';

import { posterOf } from './poster-art';

/** A picture drawn from a stream's id, for streams that have none: a record for DJs, spotlights for performers. */
export function Poster({ seed, role }: { seed: string; role: CreatorType }) {
  const { hue, x, y, sizes } = posterOf(seed);
  const ground = `oklch(0.24 0.07 ${hue})`;
  const tones = sizes.map((_, index) => `oklch(${0.4 + index * 0.11} 0.17 ${(hue + index * 26) % 360})`);
  return (
    <svg viewBox="0 0 160 90" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="160" height="90" fill={ground} />
      {role === 'dj'
        ? sizes.map((size, index) => (
            <circle key={index} cx={x} cy={y} r={95 - index * 20 - size * 6} fill={tones[index]} />
          ))
        : sizes.map((size, index) => {
            const foot = 20 + index * 30 + size * 20;
            return (
              <path
                key={index}
                d={`M${x + index * 12} -4 L${foot - 22} 94 L${foot + 22 + size * 10} 94 Z`}
                fill={tones[index]}
                opacity={0.72}
              />
            );
          })}
      {role === 'dj' && <circle cx={x} cy={y} r={3} fill={ground} />}
    </svg>
  );
}
