import { http } from '../client';

import type { Playlist, Track } from './types';

export async function getPlaylist(id: string, signal?: AbortSignal): Promise<{ playlist: Playlist; tracks: Track[] }> {
  const answer = await http.send('GET', `/dj/playlists/${id}`, { ...(signal && { signal }) });
  return answer as { playlist: Playlist; tracks: Track[] };
}
