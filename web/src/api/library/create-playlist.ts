import { http } from '../client';

import type { Playlist } from './types';

export async function createPlaylist(name: string): Promise<Playlist> {
  return ((await http.send('POST', '/dj/playlists', { body: { name } })) as { playlist: Playlist }).playlist;
}
