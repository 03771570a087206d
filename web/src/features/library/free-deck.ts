import type { Desk } from '@/lib/mix/desk-port';

/** The deck to load to when none is named: an empty one, else one that stands still; null when all are playing. */
export function freeDeck(desk: Desk): number | null {
  const empty = desk.decks.findIndex((deck) => deck.track === null && !deck.loading);
  if (empty !== -1) return empty;
  const still = desk.decks.findIndex((deck) => !deck.playing && !deck.loading);
  return still === -1 ? null : still;
}
