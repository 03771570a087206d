import { http } from '../client';

/** The processed MP3. */
export function downloadTrack(id: string): Promise<Blob> {
  return http.receive(`/dj/track/${id}/download`);
}
