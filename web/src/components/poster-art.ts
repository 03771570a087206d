export interface PosterArt {
  /** Degrees. */
  hue: number;
  /** Where the picture has its centre, on a plate of 160 by 90. */
  x: number;
  y: number;
  /** Four numbers from 0 to 1. */
  sizes: number[];
}

/** The same picture for the same seed, and another one for another. */
export function posterOf(seed: string): PosterArt {
  // FNV-1a, 32 bits.
  let hash = 0x811c9dc5;
  for (const letter of seed) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  const next = (): number => {
    // Marsaglia's xorshift.
    hash = (hash ^ (hash << 13)) >>> 0;
    hash = (hash ^ (hash >>> 17)) >>> 0;
    hash = (hash ^ (hash << 5)) >>> 0;
    return hash / 2 ** 32;
  };
  return {
    hue: Math.floor(next() * 360),
    x: Math.round(30 + next() * 100),
    y: Math.round(15 + next() * 60),
    sizes: [next(), next(), next(), next()],
  };
}
