import type { Played } from '@/api/library/types';

export interface PlayedSet {
  streamId: string;
  plays: Played[];
}

/** Plays, newest first, as the sets they belong to. */
export function setsOf(played: readonly Played[]): PlayedSet[] {
  const sets = new Map<string, PlayedSet>();
  for (const play of played) {
    const set = sets.get(play.streamId) ?? { streamId: play.streamId, plays: [] };
    set.plays.push(play);
    sets.set(play.streamId, set);
  }
  return [...sets.values()];
}
