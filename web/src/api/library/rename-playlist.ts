import { http } from '../client';

export async function renamePlaylist(id: string, name: string): Promise<void> {
  await http.send('PATCH', `/dj/playlists/${id}`, { body: { name } });
}
