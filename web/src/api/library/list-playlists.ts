import { http } from '../client';

import type { Playlist } from './types';

export async function listPlaylists(): Promise<Playlist[]> {
  return ((await http.send('GET', '/dj/playlists')) as { playlists: Playlist[] }).playlists;
}
