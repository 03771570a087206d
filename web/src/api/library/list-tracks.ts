import { http } from '../client';

import type { Paged, Track, TrackStatus } from './types';

export const TRACK_SORTS = ['title', 'artist', 'bpm', 'key', 'duration', 'genre', 'uploadDate', 'playCount'] as const;
export type TrackSort = (typeof TRACK_SORTS)[number];

export interface TrackFilter {
  search: string;
  genre: string;
  /** Any of these. */
  camelot: readonly string[];
  bpmMin: number | undefined;
  bpmMax: number | undefined;
  status: TrackStatus | undefined;
  crateId: string | undefined;
  sort: TrackSort;
  order: 'asc' | 'desc';
}

export async function listTracks(
  filter: TrackFilter,
  page: number,
  perPage: number,
  signal?: AbortSignal,
): Promise<Paged<Track>> {
  const query = { ...filter, camelot: filter.camelot.join(','), page, perPage };
  return (await http.send('GET', '/dj/tracks', { query, ...(signal && { signal }) })) as Paged<Track>;
}
