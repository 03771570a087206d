import type { TrackFilter } from '@/api/library/list-tracks';
import type { TrackStatus } from '@/api/library/types';
import { isCompatible } from '@/lib/mix/camelot';

import type { Place } from './places';
import type { Sorting } from './TrackGrid';

/** What stands in the search and the filters. */
export interface Wishes {
  search: string;
  genre: string;
  /** 'any', 'fits' what plays, or a place on the wheel. */
  key: string;
  bpmMin: string;
  bpmMax: string;
  status: TrackStatus | 'any';
}

export const NO_WISHES: Wishes = { search: '', genre: '', key: 'any', bpmMin: '', bpmMax: '', status: 'any' };

export const CAMELOTS: readonly string[] = Array.from({ length: 12 }, (_, hour) => [
  `${hour + 1}A`,
  `${hour + 1}B`,
]).flat();

/** The tempi that the platform knows of. */
const BPM = { low: 20, high: 400 };

/** How many filters narrow the list; the search is seen anyway. */
export function countFilters(wishes: Wishes): number {
  return (
    Number(wishes.genre.trim() !== '') +
    Number(wishes.key !== 'any') +
    Number(bpmOf(wishes.bpmMin) !== undefined || bpmOf(wishes.bpmMax) !== undefined) +
    Number(wishes.status !== 'any')
  );
}

export function filterOf(wishes: Wishes, place: Place, sorting: Sorting, playingKeys: string): TrackFilter {
  return {
    search: wishes.search.trim(),
    genre: wishes.genre.trim(),
    camelot: keysOf(wishes.key, playingKeys),
    bpmMin: bpmOf(wishes.bpmMin),
    bpmMax: bpmOf(wishes.bpmMax),
    status: wishes.status === 'any' ? undefined : wishes.status,
    crateId: place.kind === 'crate' ? place.id : undefined,
    ...sorting,
  };
}

/** What is typed as a tempo; undefined while it is none. */
function bpmOf(typed: string): number | undefined {
  const bpm = Number(typed.replace(',', '.'));
  return typed.trim() !== '' && bpm >= BPM.low && bpm <= BPM.high ? bpm : undefined;
}

function keysOf(key: string, playingKeys: string): string[] {
  if (key === 'any') return [];
  if (key !== 'fits') return [key];
  const playing = playingKeys.split(' ').filter(Boolean);
  // While nothing plays, everything goes with it.
  return CAMELOTS.filter((camelot) => playing.some((other) => isCompatible(other, camelot)));
}
