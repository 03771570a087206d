export interface Part {
  value: number;
  unit: string;
}

const UNITS: readonly [string, number][] = [
  ['days', 86_400],
  ['hours', 3600],
  ['minutes', 60],
  ['seconds', 1],
];

/** What is left, from days to seconds; days only where there are any. */
export function partsOf(seconds: number): Part[] {
  let left = Math.max(0, Math.ceil(seconds));
  const parts = UNITS.map(([unit, size]) => {
    const value = Math.floor(left / size);
    left -= value * size;
    return { value, unit };
  });
  return parts[0]?.value === 0 ? parts.slice(1) : parts;
}
