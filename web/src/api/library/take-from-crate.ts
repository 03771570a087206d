import { http } from '../client';

export async function takeFromCrate(crateId: string, trackId: string): Promise<void> {
  await http.send('DELETE', `/dj/crates/${crateId}/tracks/${trackId}`);
}
