import { http } from '../client';

/** Makes `trackIds` the whole of the playlist, in that order; a track may come more than once. */
export async function orderPlaylist(id: string, trackIds: string[]): Promise<void> {
  await http.send('PUT', `/dj/playlists/${id}/tracks`, { body: { trackIds } });
}
