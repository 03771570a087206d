/** How a deck prints its numbers. */

const signs = new Intl.NumberFormat('en', { signDisplay: 'exceptZero', minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** 0.0123 → "+1.23%". */
export function formatPitch(ratio: number): string {
  return `${signs.format(ratio * 100)}%`;
}

export function formatBpm(bpm: number | null): string {
  return bpm === null ? '–' : bpm.toFixed(2);
}

/** −24 to +12 dB and the like. */
export function formatDb(db: number): string {
  return db <= -60 ? 'silent' : `${signs.format(db).replace(/\.?0+$/, '')} dB`;
}

/** An equaliser knob, −1 to +1. */
export function formatEq(position: number): string {
  if (position <= -1) return 'killed';
  return position < 0 ? formatDb(40 * Math.log10(1 + position)) : formatDb(12 * position);
}

export function formatFilter(position: number): string {
  if (position === 0) return 'off';
  return `${position < 0 ? 'low-pass' : 'high-pass'} ${Math.round(Math.abs(position) * 100)}%`;
}

export function formatPercent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** 0.25 → "1/4", 8 → "8". */
export function formatBeats(beats: number): string {
  return beats >= 1 ? String(beats) : `1/${Math.round(1 / beats)}`;
}

/** 75.38 s → "1:15.3". */
export function formatPosition(seconds: number): string {
  const tenths = Math.max(0, Math.floor(seconds * 10));
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${String(Math.floor(tenths / 10) % 60).padStart(2, '0')}.${tenths % 10}`;
}
