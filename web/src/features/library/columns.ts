import type { TrackSort } from '@/api/library/list-tracks';

/** A column of the list. Those without a sort say nothing that can be ordered. */
export interface Column {
  id: string;
  label: string;
  /** For a narrow head: what is printed instead of the label. */
  short?: string;
  sort?: TrackSort;
  isNumber?: boolean;
}

/** In the order in which they stand; narrow panels leave out the later ones (see TrackGrid.module.css). */
export const COLUMNS: readonly Column[] = [
  { id: 'cover', label: 'Cover', short: '' },
  { id: 'title', label: 'Title', sort: 'title' },
  { id: 'artist', label: 'Artist', sort: 'artist' },
  { id: 'bpm', label: 'BPM', sort: 'bpm', isNumber: true },
  { id: 'key', label: 'Key', sort: 'key' },
  { id: 'time', label: 'Time', sort: 'duration', isNumber: true },
  { id: 'grid', label: 'How sure the beat grid is', short: 'Grid' },
  { id: 'genre', label: 'Genre', sort: 'genre' },
  { id: 'added', label: 'Added', sort: 'uploadDate' },
  { id: 'plays', label: 'Plays', sort: 'playCount', isNumber: true },
  { id: 'more', label: 'More', short: '' },
];

/** 0 to 3: how far the beat grid of a track can be trusted; null while there is none. */
export function gridRating(track: { bpm: number | null; bpmConfidence: number | null }): number | null {
  if (track.bpm === null) return null;
  // Set by hand: somebody has listened.
  if (track.bpmConfidence === null) return 3;
  return track.bpmConfidence >= 0.75 ? 3 : track.bpmConfidence >= 0.45 ? 2 : 1;
}
