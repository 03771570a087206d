import { http } from '../client';

export async function deleteTrack(id: string): Promise<void> {
  await http.send('DELETE', `/dj/track/${id}`);
}
