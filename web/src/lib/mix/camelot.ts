/** Whether two keys, as places on the Camelot wheel ("8A"), go together: the same, a neighbour, or the relative one. */
export function isCompatible(a: string | null, b: string | null): boolean {
  const first = place(a);
  const second = place(b);
  if (first === null || second === null) return false;
  const distance = (((first.hour - second.hour) % 12) + 12) % 12;
  if (first.mode === second.mode) return distance === 0 || distance === 1 || distance === 11;
  return distance === 0;
}

/** The place after a transposition by `semitones`: a semitone up is seven hours on. */
export function transposed(camelot: string | null, semitones: number): string | null {
  const from = place(camelot);
  if (from === null) return null;
  const hour = (((from.hour - 1 + 7 * Math.round(semitones)) % 12) + 12) % 12;
  return `${hour + 1}${from.mode}`;
}

function place(camelot: string | null): { hour: number; mode: string } | null {
  const match = /^(1[0-2]|[1-9])([AB])$/.exec(camelot ?? '');
  return match?.[1] !== undefined && match[2] !== undefined ? { hour: Number(match[1]), mode: match[2] } : null;
}
