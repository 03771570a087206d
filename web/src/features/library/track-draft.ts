import type { TrackChanges } from '@/api/library/edit-track';
import type { Track } from '@/api/library/types';
import type { FieldErrors } from '@/lib/field-errors';

/** What stands in the fields of the edit dialog. */
export interface Draft {
  title: string;
  artist: string;
  album: string;
  genre: string;
  year: string;
  comment: string;
  bpm: string;
}

const TEXTS = ['title', 'artist', 'album', 'genre', 'comment'] as const;
const BPM = { low: 20, high: 400 };

export function draftOf(track: Track): Draft {
  return {
    title: track.title,
    artist: track.artist,
    album: track.album,
    genre: track.genre,
    year: track.year === null ? '' : String(track.year),
    comment: track.comment,
    bpm: track.bpm === null ? '' : String(Number(track.bpm.toFixed(2))),
  };
}

/** What of a draft differs from the track, and which fields make no sense. */
export function changesOf(track: Track, draft: Draft): { changes: TrackChanges; errors: FieldErrors } {
  const changes: TrackChanges = {};
  const errors: FieldErrors = {};
  const before = draftOf(track);
  for (const field of TEXTS) {
    const text = draft[field].trim();
    if (text !== before[field]) changes[field] = text;
  }
  if (changes.title === '') errors.title = 'A track needs a title.';
  if (draft.year.trim() !== before.year) {
    const year = draft.year.trim();
    if (year !== '' && !/^[1-9]\d{3}$/.test(year)) errors.year = 'A year has four digits.';
    else changes.year = year === '' ? null : Number(year);
  }
  if (draft.bpm.trim() !== before.bpm) {
    const bpm = Number(draft.bpm.replace(',', '.'));
    if (draft.bpm.trim() === '' || !(bpm >= BPM.low && bpm <= BPM.high)) {
      errors.bpm = `Between ${BPM.low} and ${BPM.high}.`;
    } else {
      changes.grid = { bpm, firstDownbeatS: track.grid?.firstDownbeatS ?? 0 };
    }
  }
  return { changes, errors };
}

/** A tempo as typed, doubled or halved; as it was where that is no tempo. */
export function scaledBpm(typed: string, factor: number): string {
  const bpm = Number(typed.replace(',', '.')) * factor;
  return bpm >= BPM.low && bpm <= BPM.high ? String(Number(bpm.toFixed(2))) : typed;
}
