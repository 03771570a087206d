import { SAMPLE_RATE } from './commands';

/** Frames of one beat; null without a tempo. */
export function framesPerBeat(bpm: number | null): number | null {
  return bpm === null || bpm <= 0 ? null : (60 * SAMPLE_RATE) / bpm;
}

/** The tempo that two taps or more mean, in BPM; null with fewer. `taps` are in milliseconds, oldest first. */
export function tappedTempo(taps: readonly number[]): number | null {
  const first = taps[0];
  const last = taps.at(-1);
  if (first === undefined || last === undefined || taps.length < 2 || last <= first) return null;
  return (60_000 * (taps.length - 1)) / (last - first);
}

/** A pause this long between taps begins a new count. */
const PAUSE_MS = 2000;
const TAPS = 16;

/** `taps` with one more. */
export function withTap(taps: readonly number[], now: number): number[] {
  const last = taps.at(-1);
  return last === undefined || now - last > PAUSE_MS ? [now] : [...taps.slice(1 - TAPS), now];
}
