import { http } from '../client';

import type { Grid, Track } from './types';

export interface TrackChanges {
  title?: string;
  artist?: string;
  album?: string;
  genre?: string;
  year?: number | null;
  comment?: string;
  grid?: Grid;
}

export async function editTrack(id: string, changes: TrackChanges): Promise<Track> {
  return ((await http.send('PATCH', `/dj/track/${id}`, { body: changes })) as { track: Track }).track;
}
