import { http } from '../client';

/** Has tempo, grid, key and loudness measured anew; the track is there meanwhile. */
export async function analyseTrack(id: string): Promise<void> {
  await http.send('POST', `/dj/track/${id}/analyse`);
}
