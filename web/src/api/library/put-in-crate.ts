import { http } from '../client';

export async function putInCrate(crateId: string, trackId: string): Promise<void> {
  await http.send('PUT', `/dj/crates/${crateId}/tracks/${trackId}`);
}
