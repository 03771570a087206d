import { transposed } from '@/lib/mix/camelot';
import type { Desk } from '@/lib/mix/desk-port';

/** The keys that are heard, as places on the wheel with a space between. */
export function keysPlaying(desk: Desk): string {
  return desk.decks
    .filter(({ playing }) => playing)
    .map(({ track, keyShift }) => transposed(track?.camelot ?? null, keyShift))
    .filter((camelot) => camelot !== null)
    .join(' ');
}

/** The ids of the tracks on the decks, in their order; "-" for an empty deck. */
export function idsOnDecks(desk: Desk): string {
  return desk.decks.map(({ track }) => track?.id ?? '-').join(' ');
}

/** Which decks, counted from 1, hold a track: "1", "1 2", or "". */
export function decksOf(onDecks: string, trackId: string): string {
  return onDecks
    .split(' ')
    .map((id, index) => (id === trackId ? String(index + 1) : ''))
    .filter(Boolean)
    .join(' ');
}
